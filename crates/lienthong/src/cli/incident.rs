//! The part of the command line that is about what goes wrong with nodes, and about what is announced before.

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{OfficerFile, Output};

#[derive(Debug, Subcommand)]
pub(crate) enum Incident {
    /// Các sự cố liên quan tới mình, mới nhất trước | The incidents that concern one, newest first
    List {
        #[command(flatten)]
        officer: OfficerFile,
        /// Chỉ những sự cố đang diễn ra | Only those that last
        #[arg(long)]
        live: bool,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Xem một sự cố: ảnh hưởng tới đâu, vì sao, đã báo cho ai, đã xảy ra những gì | Look at one: what it touches, why, who was told, what happened
    Show {
        #[command(flatten)]
        officer: OfficerFile,
        /// Số, như SC-2026-000001 | Its number, as SC-2026-000001
        id: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
        output: Output,
    },
    /// Tiếp nhận xử lý | Take it in hand
    Take(Said),
    /// Ghi ý kiến cho những bên liên quan | Say something to all whom it concerns
    Comment(Said),
    /// Đóng, nêu rõ nguyên nhân và cách xử lý | Close it, saying what it was
    Close(Said),
}

#[derive(Debug, Args)]
pub(crate) struct Work {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Notice {
    /// Những gì mình đã được báo, mới nhất trước | What one was told, newest first
    List {
        #[command(flatten)]
        officer: OfficerFile,
        /// Chỉ thông báo chưa đọc | Only those not read
        #[arg(long)]
        unread: bool,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Đánh dấu đã đọc tới một số | Mark all up to a number as read
    Read {
        #[command(flatten)]
        officer: OfficerFile,
        /// Số của thông báo mới nhất đã đọc | The number of the newest that was read
        up_to: i64,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Said {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Số, như SC-2026-000001 hoặc CL-2026-000001 | Its number, as SC-2026-000001 or CL-2026-000001
    pub(crate) id: String,
    /// Nội dung, cũng ghi vào nhật ký thay đổi | What is said, in the audit trail as well
    #[arg(long)]
    pub(crate) reason: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Maintenance {
    /// Thông báo trước bảo trì một nút kết nối: trong thời gian đó nút ngừng không phải là sự cố | Announce maintenance of a node: within its time a silent node is no incident
    Announce {
        #[command(flatten)]
        officer: OfficerFile,
        /// Nút kết nối, như VN/GOV/G01/nut-1 | The node, as VN/GOV/G01/nut-1
        node: String,
        /// Từ lúc, như 2026-12-10T22:00:00+07:00; không nêu là ngay | From when, as 2026-12-10T22:00:00+07:00; at once without it
        #[arg(long)]
        from: Option<Timestamp>,
        /// Đến lúc, trong vòng một tuần | Until when, within a week
        #[arg(long)]
        to: Timestamp,
        /// Nội dung bảo trì | What is done
        #[arg(long)]
        reason: String,
    },
    /// Các lần bảo trì đang và sắp diễn ra | What is under way and what is to come
    List {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cả những lần đã qua hoặc đã rút | Those that are over or withdrawn as well
        #[arg(long)]
        past: bool,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Rút lại, hoặc kết thúc sớm | Withdraw it, or end it early
    Withdraw {
        #[command(flatten)]
        officer: OfficerFile,
        /// Số, như BT-2026-000001 | Its number, as BT-2026-000001
        id: String,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
    },
}
