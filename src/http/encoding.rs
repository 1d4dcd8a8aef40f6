//! Negotiating the content coding (RFC 9110, 12.5.3).

use hyper::{HeaderMap, header::ACCEPT_ENCODING};

/// A content coding that the server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
}

/// The client accepts none of the codings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotAcceptable;

/// A quality value in thousandths.
type Quality = u16;

impl Encoding {
    /// The coding that these headers prefer; gzip, which is smaller, where both have the same weight.
    ///
    /// Without `Accept-Encoding` it is identity. Malformed items and unknown codings are ignored.
    pub(super) fn negotiate(headers: &HeaderMap) -> Result<Self, NotAcceptable> {
        let preferences = Preferences::of(headers);
        let any = preferences.any.unwrap_or(0);
        let gzip = preferences.gzip.unwrap_or(any);
        // Where it is not mentioned, identity is refused only by `*;q=0`.
        let identity = match (preferences.identity, preferences.any) {
            (Some(quality), _) | (None, Some(quality)) => quality,
            (None, None) => 1,
        };
        if gzip == 0 && identity == 0 {
            Err(NotAcceptable)
        } else if gzip >= identity {
            Ok(Self::Gzip)
        } else {
            Ok(Self::Identity)
        }
    }
}

/// The weight that a client gives to each coding; `None` where it does not mention it.
#[derive(Default)]
struct Preferences {
    gzip: Option<Quality>,
    identity: Option<Quality>,
    any: Option<Quality>,
}

impl Preferences {
    fn of(headers: &HeaderMap) -> Self {
        let mut preferences = Self::default();
        let values = headers.get_all(ACCEPT_ENCODING).iter();
        let items = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        for item in items {
            let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
            let Some(quality) = quality(parameters) else {
                continue;
            };
            let preference = match coding.trim().to_ascii_lowercase().as_str() {
                // Synonyms (RFC 9110, 8.4.1.3).
                "gzip" | "x-gzip" => &mut preferences.gzip,
                "identity" => &mut preferences.identity,
                "*" => &mut preferences.any,
                _ => continue,
            };
            *preference = Some(preference.map_or(quality, |before| before.max(quality)));
        }
        preferences
    }
}

/// The weight among a coding's parameters: 1 where there is none, `None` where it is malformed.
fn quality(parameters: &str) -> Option<Quality> {
    let weight = parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    let Some((_, weight)) = weight else {
        return Some(1000);
    };
    let (whole, fraction) = weight.trim().split_once('.').unwrap_or((weight.trim(), ""));
    if fraction.len() > 3 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths: Quality = format!("{fraction:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn negotiate(values: &[&'static str]) -> Result<Encoding, NotAcceptable> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(ACCEPT_ENCODING, HeaderValue::from_static(value));
        }
        Encoding::negotiate(&headers)
    }

    #[test]
    fn gzip_is_sent_where_it_is_preferred() {
        for value in [
            "gzip",
            "GZip",
            "x-gzip",
            "gzip, deflate, br, zstd",
            "br;q=1.0, gzip;q=0.8, *;q=0.1",
            "*",
            "gzip;q=0.001, identity;q=0",
            "gzip;q=0.5, identity;q=0.5",
            " gzip ; q=1.000 ",
            "gzip;Q=0.7;level=9",
            "*;q=0.2, identity;q=0.1",
        ] {
            assert_eq!(negotiate(&[value]), Ok(Encoding::Gzip), "{value}");
        }
        assert_eq!(negotiate(&["br", "gzip"]), Ok(Encoding::Gzip));
    }

    #[test]
    fn identity_is_sent_where_gzip_is_not_preferred() {
        assert_eq!(negotiate(&[]), Ok(Encoding::Identity));
        for value in [
            "",
            "identity",
            "br",
            "deflate, br",
            "gzip;q=0",
            "gzip;q=0.0, *",
            "*;q=0, identity",
            "gzip;q=0.4, identity;q=0.6",
            "gzip;q=0.5, *;q=0.6",
            "gzip;q=2",
            "gzip;q=0.1234",
            "gzip;q=none",
            "gzip;q=-1",
            "gzipped",
        ] {
            assert_eq!(negotiate(&[value]), Ok(Encoding::Identity), "{value}");
        }
    }

    #[test]
    fn neither_is_sent_where_both_are_refused() {
        for value in [
            "*;q=0",
            "gzip;q=0, identity;q=0",
            "br, *;q=0",
            "identity;q=0, gzip;q=0.000",
            // gzip is not mentioned, so it is not accepted.
            "identity;q=0",
        ] {
            assert_eq!(negotiate(&[value]), Err(NotAcceptable), "{value}");
        }
    }
}
