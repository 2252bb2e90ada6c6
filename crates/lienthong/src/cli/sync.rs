//! The part of the command line about copies of others' datasets that a node keeps.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use model::id::{ServiceId, SystemId};

use super::Output;
use super::quality::NodeFolder;

/// Bản sao nào | Which copy
#[derive(Debug, Args)]
pub(crate) struct NewCopy {
    /// Bộ dữ liệu, như VN/GOV/G01/dan-cu/nguoi | The dataset, as VN/GOV/G01/dan-cu/nguoi
    pub(crate) service: ServiceId,
    /// Hệ thống của nút có quyền khai thác | The node's system that has the grant
    #[arg(long)]
    pub(crate) client: SystemId,
    /// Mục đích trong quyền khai thác | The purpose, of the grant
    #[arg(long)]
    pub(crate) purpose: String,
    /// Cơ sở dữ liệu giữ bản sao: sqlite:TỆP hoặc postgres://…, không có mật khẩu | The database of the copy: sqlite:FILE or postgres://…, without a password
    #[arg(long, value_name = "URL")]
    pub(crate) target: String,
    /// Bảng của bản sao; chưa có thì được tạo | The copy's table; made if it is not there
    #[arg(long)]
    pub(crate) table: String,
    /// Tệp chứa mật khẩu | File with the password
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Biến môi trường chứa mật khẩu | Variable of the environment with the password
    #[arg(long, value_name = "NAME")]
    pub(crate) password_env: Option<String>,
    /// Hỏi lại sau bấy nhiêu giây | Seconds between two questions
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub(crate) every: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sync {
    /// Thêm một bản sao được đồng bộ: kiểm tra quyền khai thác và bảng, rồi ghi vào node.toml | Add a copy that is kept in sync: looks at grant and table, then writes to node.toml
    Create {
        #[command(flatten)]
        node: NodeFolder,
        #[command(flatten)]
        copy: NewCopy,
    },
    /// Các bản sao của nút: trạng thái, đúng với nguồn đến lúc nào, còn giữ lại bao nhiêu bản ghi | The node's copies: their state, until when they are what their source was, how many records are held
    List {
        #[command(flatten)]
        node: NodeFolder,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Các bản ghi mà cơ sở dữ liệu của bản sao không nhận, và vì sao | Records that a copy's database refuses, and why
    Held {
        #[command(flatten)]
        node: NodeFolder,
        /// Bộ dữ liệu, như VN/GOV/G01/dan-cu/nguoi | The dataset, as VN/GOV/G01/dan-cu/nguoi
        service: ServiceId,
        /// Bảng, nếu bộ dữ liệu có nhiều bản sao | The table, if the dataset has several copies
        #[arg(long)]
        table: Option<String>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
}
