//! The command line of directives and tasks.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{OfficerFile, Output, Verb};

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    #[command(flatten)]
    Verb(Verb),
    /// Nhiệm vụ nào đến đâu, quá hạn và sắp đến hạn trước | How far each is, what is late or due first
    Status {
        #[command(flatten)]
        officer: OfficerFile,
        /// Chỉ những nhiệm vụ cơ quan này hoặc cơ quan trực thuộc chủ trì | Only those that this agency, or one below it, leads
        #[arg(long, value_name = "MEMBER")]
        agency: Option<String>,
        /// Chỉ của văn bản này | Only of this text
        #[arg(long, value_name = "CODE")]
        directive: Option<String>,
        /// Trạng thái: live, not_due, in_progress, due_soon, overdue, awaiting_review, done_on_time, done_late, extended, dropped | The state: live, not_due, in_progress, due_soon, overdue, awaiting_review, done_on_time, done_late, extended, dropped
        #[arg(long)]
        state: Option<String>,
        /// Đến hạn từ ngày này | Due on this day or later
        #[arg(long, value_name = "DAY")]
        from: Option<String>,
        /// Đến hạn tới ngày này | Due on this day or earlier
        #[arg(long, value_name = "DAY")]
        to: Option<String>,
        /// Sắp theo cột này, như -due | In the order of this column, as -due
        #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
        sort: Option<String>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Xem một nhiệm vụ: điều kiện, số đo hiện tại, gia hạn, minh chứng, đã xảy ra những gì và vì sao | Look at one: its condition, what is observed, extensions, evidence, what happened and why
    Show {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã nhiệm vụ | The task
        id: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
        output: Output,
    },
    /// Các số đo dùng được trong điều kiện, với đơn vị và giá trị hiện tại của cả nước | The measures that a condition may name, with their units and what they are now in the whole country
    Measures {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Nhận nhiệm vụ | Say that one's agency is at it
    Accept(OnTask),
    /// Báo hoàn thành; không tự đóng nhiệm vụ theo số đo hoặc phải thẩm định | Say that it is done; that closes none that is measured or reviewed
    Claim(ShownOnTask),
    /// Thêm minh chứng | Show something
    Evidence(ShownOnTask),
    /// Thẩm định nhiệm vụ cơ quan khác báo hoàn thành | Find whether what another agency has said is done is
    Review {
        #[command(flatten)]
        on: OnTask,
        /// Kết quả | What was found
        #[arg(long, value_enum)]
        outcome: TaskOutcome,
    },
    /// Gia hạn theo một văn bản; thời hạn ban đầu vẫn giữ | Put its day off, on a text; the first day stays
    Extend {
        #[command(flatten)]
        on: OnTask,
        /// Thời hạn mới | The new last day
        #[arg(long, value_name = "DAY")]
        until: String,
        /// Số và ngày văn bản gia hạn | Number and day of the text that says so
        #[arg(long, value_name = "ACT")]
        document: String,
        /// Ai ban hành văn bản đó | Who has issued it
        #[arg(long, value_name = "BY")]
        granted_by: String,
    },
    /// Thôi theo dõi | Follow it no more
    Drop(OnTask),
    /// Chia thành việc của riêng cơ quan mình | Make a part of it for one's own agency
    Part {
        #[command(flatten)]
        on: OnTask,
        /// Việc gì | What is to be done
        #[arg(long, value_name = "TEXT")]
        text: String,
        /// Đến ngày nào | By when
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
    },
    /// Báo một việc của cơ quan mình đã xong | Say that a part of one's own agency is done
    PartDone {
        #[command(flatten)]
        on: OnTask,
        /// Việc số mấy | Which part
        #[arg(long, value_name = "NUMBER")]
        number: i64,
        /// Chưa xong | It is not done after all
        #[arg(long)]
        not: bool,
    },
}

/// A task, and why.
#[derive(Debug, Args)]
pub(crate) struct OnTask {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Mã nhiệm vụ | The task
    pub(crate) id: String,
    /// Nội dung, cũng ghi vào nhật ký thay đổi | What is said, in the audit trail as well
    #[arg(long)]
    pub(crate) reason: String,
}

/// The same with a file.
#[derive(Debug, Args)]
pub(crate) struct ShownOnTask {
    #[command(flatten)]
    pub(crate) on: OnTask,
    /// Tệp chứng minh, tới 1 MiB; nền tảng điều phối giữ mã băm, không giữ tệp | A file that shows it, up to 1 MiB; the hub keeps its digest and not the file
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

/// Kết quả thẩm định | What a reviewer found
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TaskOutcome {
    /// Đã hoàn thành | It is done
    Done,
    /// Trả lại: chưa hoàn thành | Returned: it is not
    Returned,
}
