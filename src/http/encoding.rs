//! Which content coding a client wants (RFC 9110, 12.5.3).

use hyper::{
    HeaderMap,
    header::{ACCEPT_ENCODING, HeaderValue},
};

/// How the text is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As it is.
    Identity,
    /// As one gzip member.
    Gzip,
}

/// A client that takes neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotAcceptable;

/// A quality value in thousandths.
type Quality = u16;

impl Encoding {
    /// The one that these headers prefer; of two that are as welcome the smaller one.
    ///
    /// A client that sends no `Accept-Encoding` gets the text as it is. What cannot be read in the header
    /// is passed over, as is every coding that is not spoken here.
    ///
    /// # Errors
    /// If both are ruled out.
    pub(super) fn negotiate(headers: &HeaderMap) -> Result<Self, NotAcceptable> {
        let wishes = Preferences::of(headers.get_all(ACCEPT_ENCODING).iter());
        let any = wishes.any.unwrap_or(0);
        let gzip = wishes.gzip.unwrap_or(any);
        // Not being mentioned rules identity out only where `*` does.
        let identity = match (wishes.identity, wishes.any) {
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

/// What a client says of each coding, as far as it says anything.
#[derive(Default)]
struct Preferences {
    gzip: Option<Quality>,
    identity: Option<Quality>,
    any: Option<Quality>,
}

impl Preferences {
    fn of<'a>(values: impl Iterator<Item = &'a HeaderValue>) -> Self {
        let mut wishes = Self::default();
        let values = values.filter_map(|value| value.to_str().ok());
        for item in values.flat_map(|value| value.split(',')) {
            let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
            let Some(quality) = quality(parameters) else {
                continue;
            };
            let wish = match coding.trim().to_ascii_lowercase().as_str() {
                // The same thing (RFC 9110, 8.4.1.3).
                "gzip" | "x-gzip" => &mut wishes.gzip,
                "identity" => &mut wishes.identity,
                "*" => &mut wishes.any,
                _ => continue,
            };
            *wish = Some(wish.map_or(quality, |before| before.max(quality)));
        }
        wishes
    }
}

/// The weight among a coding's parameters: 1 where there is none, nothing where it is no weight.
fn quality(parameters: &str) -> Option<Quality> {
    let parameters = parameters
        .split(';')
        .filter_map(|text| text.split_once('='));
    let mut weights = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    let Some((_, weight)) = weights.next() else {
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
    use super::*;

    fn negotiate(values: &[&'static str]) -> Result<Encoding, NotAcceptable> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(ACCEPT_ENCODING, HeaderValue::from_static(value));
        }
        Encoding::negotiate(&headers)
    }

    #[test]
    fn who_asks_for_gzip_gets_it() {
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
    fn who_does_not_gets_the_text_as_it_is() {
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
    fn who_refuses_both_gets_neither() {
        for value in [
            "*;q=0",
            "gzip;q=0, identity;q=0",
            "br, *;q=0",
            "identity;q=0, gzip;q=0.000",
            // A coding that is not mentioned is not asked for.
            "identity;q=0",
        ] {
            assert_eq!(negotiate(&[value]), Err(NotAcceptable), "{value}");
        }
    }
}
