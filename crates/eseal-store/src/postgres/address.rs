use std::fmt;

use postgres::Config;
use postgres::config::Host;
use postgres::config::SslMode;

use crate::StoreError;

/// The address of a PostgreSQL database: `postgres://user@host:port/database?…`. Never shows its password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresAddress(String);

impl PostgresAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// [`StoreError::UnknownUrl`]; [`StoreError::NoTls`] when the database is on another machine and the address does not
    /// say `sslmode=disable`: this program cannot encrypt the connection, and will not send a password in the clear
    /// unless told to.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let address = Self(url.to_owned());
        let config = address.config()?;
        let told = config.get_ssl_mode() == SslMode::Disable;
        match config.get_hosts().iter().find(|host| !is_here(host)) {
            Some(Host::Tcp(host)) if !told => Err(StoreError::NoTls { host: host.clone() }),
            _ => Ok(address),
        }
    }

    pub(super) fn config(&self) -> Result<Config, StoreError> {
        // What the parser says could quote the password.
        let bad = || StoreError::UnknownUrl { url: self.to_string() };
        let known = ["postgres://", "postgresql://"].iter().any(|scheme| self.0.starts_with(scheme));
        if !known {
            return Err(bad());
        }
        self.0.parse().map_err(|_| bad())
    }
}

/// Whether a host is this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// Scheme, hosts and database; nothing else of an address can be told from a password.
impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        let Ok(config) = self.0.parse::<Config>() else { return f.write_str("…") };
        for (index, host) in config.get_hosts().iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}")?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{comma}{}", path.display())?,
            }
        }
        write!(f, "/{}", config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresAddress({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (url, shown) in [
            ("postgres://u:secret@localhost:5433/db", "postgres://localhost/db"),
            ("postgresql://u:secret@127.0.0.1/db?sslmode=prefer", "postgres://127.0.0.1/db"),
            ("postgres:///db?host=/run/postgresql&user=u&password=secret", "postgres:///run/postgresql/db"),
        ] {
            let address = PostgresAddress::parse(url).unwrap();
            assert_eq!(address.to_string(), shown);
            assert!(!format!("{address:?}").contains("secret"));
        }
    }

    #[test]
    fn a_malformed_address_is_refused_without_quoting_it() {
        for url in
            ["postgres://u:secret@localhost:port/db", "postgres://u:secret@localhost/db?secret=1", "mysql://secret"]
        {
            let error = PostgresAddress::parse(url).unwrap_err();
            assert_eq!(error.code(), "store-unknown-url", "{url}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }

    #[test]
    fn another_machine_is_reached_in_the_clear_only_when_told() {
        for url in
            ["postgres://u:secret@db.example/x", "postgres://10.0.0.5/x?sslmode=require", "postgres://localhost,a/x"]
        {
            assert_eq!(PostgresAddress::parse(url).unwrap_err().code(), "store-no-tls", "{url}");
        }
        PostgresAddress::parse("postgres://u:secret@db.example/x?sslmode=disable").unwrap();
        PostgresAddress::parse("postgres://[::1]/x").unwrap();
    }
}
