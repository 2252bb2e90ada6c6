//! Which source an address means.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use model::fault::Words;
use model::text::names_a_secret;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::care::{Careful, Limits};
use crate::snapshot::{Format, Origin, Snapshot};
use crate::{Source, mariadb, postgres, sqlite, texts};

pub use crate::snapshot::reader::Options;
pub use crate::snapshot::{Fetch, Page, Reading};

/// A source by its address.
#[derive(Debug, Clone)]
pub struct Address {
    /// `postgres://user@host/database`, `mariadb://…` or `mysql://…`, `sqlite:PATH`, `http://…` or `https://…` for an API that gives
    /// JSON, or the path of a CSV, XLSX or Parquet file.
    pub url: String,
    /// The password of a server. It never stands in the address.
    pub password: Option<String>,
    /// What a person decided about a file.
    pub file: Options,
    /// Who reads files.
    pub reading: Reading,
    /// Where an API's list of records is, as a JSON pointer.
    pub items: String,
    /// How old what an API gave may become.
    pub every: Duration,
    /// What it may cost.
    pub limits: Limits,
}

impl Address {
    /// A source at `url` with everything else as usual.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            password: None,
            file: Options::default(),
            reading: Reading::Here,
            items: String::new(),
            every: Duration::from_secs(300),
            limits: Limits::default(),
        }
    }

    /// Opens it. Nothing is connected to before it is asked. Snapshots are kept in `folder`; `client` asks APIs.
    ///
    /// # Errors
    /// Why the address means no source.
    pub fn open(&self, folder: &Path, client: Option<Box<dyn Fetch>>) -> Result<Arc<dyn Source>, Words> {
        let failed = |error: sqlx::Error| Words::quoted(error);
        let limits = self.limits;
        let scheme = self.url.split_once(':').map_or("", |(scheme, _)| scheme);
        if matches!(scheme, "postgres" | "postgresql" | "mysql" | "mariadb" | "http" | "https") {
            let url = url::Url::parse(&self.url).map_err(Words::quoted)?;
            // Drivers take one from the query as well.
            if url.password().is_some() || url.query_pairs().any(|(name, _)| names_a_secret(&name)) {
                return Err(texts::password_in_address());
            }
        }
        Ok(match scheme {
            "postgres" | "postgresql" => {
                let mut options = PgConnectOptions::from_str(&self.url).map_err(failed)?;
                if let Some(password) = &self.password {
                    options = options.password(password);
                }
                Arc::new(Careful::new(postgres::open(options, limits), limits))
            }
            "mysql" | "mariadb" => {
                let url = self.url.replacen("mariadb:", "mysql:", 1);
                let mut options = MySqlConnectOptions::from_str(&url).map_err(failed)?.charset("utf8mb4");
                if let Some(password) = &self.password {
                    options = options.password(password);
                }
                Arc::new(Careful::new(mariadb::open(options, limits), limits))
            }
            "sqlite" => {
                let path = self.url.strip_prefix("sqlite:").unwrap_or_default();
                let file = sqlite::open(Path::new(path.trim_start_matches("//")), limits);
                Arc::new(Careful::new(file, limits))
            }
            "http" | "https" => {
                let client = client.ok_or_else(texts::no_client)?;
                let origin = Origin::Http {
                    address: self.url.clone(),
                    items: self.items.clone(),
                    every: self.every,
                    client,
                };
                Arc::new(Snapshot::new(origin, folder))
            }
            _ => {
                let path = PathBuf::from(self.url.strip_prefix("file:").unwrap_or(&self.url));
                let Some(format) = Format::of(&path) else {
                    return Err(texts::no_source(&self.url));
                };
                let (options, reading) = (self.file.clone(), self.reading.clone());
                Arc::new(Snapshot::new(Origin::File { path, format, options, reading }, folder))
            }
        })
    }
}
