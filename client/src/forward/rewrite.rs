//! What is changed on the way to the origin: the Host, and what the user asks for. Nothing else.

use bytes::Bytes;
use hookreel_shared::model::{BodyKind, RequestHead};
use hookreel_shared::net::{ConvertError, append};
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version, header};

use super::address::Address;

/// What the origin sees as Host. The public one is in X-Forwarded-Host in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostHeader {
    /// The origin's own: development servers refuse any other.
    Rewrite,
    /// The public one.
    Keep,
    /// This one.
    Value(String),
}

/// What is changed on the way to the origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// The Host.
    pub host: HostHeader,
    /// Set in every request, in place of any of the same name.
    pub headers: Vec<(String, String)>,
    /// Goes before the path of every request, after the origin's own; no slash at its end.
    pub prefix: String,
}

/// A request that cannot be written as HTTP/1.1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RewriteError {
    /// The target is not one.
    #[error("the request target is not valid")]
    Target,
    /// The method is not a token.
    #[error("the request method is not valid")]
    Method,
    /// A field cannot be carried.
    #[error(transparent)]
    Header(#[from] ConvertError),
}

impl Rewrite {
    /// The request for the origin, with `body` still to come.
    ///
    /// # Errors
    /// [`RewriteError`]; the edge lets no such request through.
    pub fn request<B>(
        &self,
        head: &RequestHead,
        origin: &Address,
        body: B,
    ) -> Result<Request<B>, RewriteError> {
        let mut request = Request::new(body);
        *request.method_mut() =
            Method::from_bytes(&head.method).map_err(|_| RewriteError::Method)?;
        *request.uri_mut() = self.target(&head.target, origin)?;
        *request.version_mut() = Version::HTTP_11;
        *request.headers_mut() = self.onward(head, origin)?;
        Ok(request)
    }

    fn target(&self, target: &Bytes, origin: &Address) -> Result<Uri, RewriteError> {
        let joined = if origin.path.is_empty() && self.prefix.is_empty() {
            target.clone()
        } else {
            // A URL that names one handler means that handler, not a directory of that name.
            let rest = match &target[..] {
                b"/" => &b""[..],
                rest if rest.starts_with(b"/?") => &rest[1..],
                rest => rest,
            };
            [origin.path.as_bytes(), self.prefix.as_bytes(), rest]
                .concat()
                .into()
        };
        Uri::from_maybe_shared(joined).map_err(|_| RewriteError::Target)
    }

    fn onward(&self, head: &RequestHead, origin: &Address) -> Result<HeaderMap, ConvertError> {
        let mut map = HeaderMap::with_capacity(head.headers.len() + self.headers.len() + 2);
        for header in &head.headers {
            if self.headers.iter().any(|(name, _)| header.is(name)) {
                continue;
            }
            let host = match &self.host {
                HostHeader::Rewrite if header.is("host") => Some(origin.authority()),
                HostHeader::Value(value) if header.is("host") => Some(value.clone()),
                _ => None,
            };
            match host {
                Some(host) => append(&mut map, &header.name, host.into())?,
                None => append(&mut map, &header.name, header.value.clone())?,
            }
        }
        for (name, value) in &self.headers {
            append(&mut map, name.as_bytes(), value.clone().into())?;
        }
        if head.expect_continue {
            map.insert(header::EXPECT, HeaderValue::from_static("100-continue"));
        }
        if head.body == BodyKind::Chunked && !map.contains_key(header::CONTENT_LENGTH) {
            map.insert(
                header::TRANSFER_ENCODING,
                HeaderValue::from_static("chunked"),
            );
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_shared::model::testing::request;

    fn head(target: &str) -> RequestHead {
        let fields: [(&str, &[u8]); 4] = [
            ("Host", b"otter.hooks.example"),
            ("X-Dup", b"1"),
            ("x-dup", b"2"),
            ("Authorization", b"old"),
        ];
        request(target, &fields, 3)
    }

    fn rewrite(host: HostHeader, prefix: &str) -> Rewrite {
        Rewrite {
            host,
            headers: vec![("authorization".into(), "new".into())],
            prefix: prefix.into(),
        }
    }

    fn target(origin: &str, prefix: &str, target: &str) -> String {
        let origin = origin.parse().unwrap();
        rewrite(HostHeader::Keep, prefix)
            .request(&head(target), &origin, ())
            .unwrap()
            .uri()
            .to_string()
    }

    #[test]
    fn the_target_passes_byte_for_byte() {
        for text in [
            "/",
            "/?",
            "/a?x=%20y&z=1+2",
            "//a//b/../c",
            "/%00%0d%0a",
            "/~tilde/[x]|y",
            "*",
        ] {
            assert_eq!(target("3000", "", text), text);
        }
    }

    #[test]
    fn a_path_of_the_origin_and_a_prefix_go_before_the_target() {
        assert_eq!(
            target("http://localhost:3000/api", "", "/hooks?x"),
            "/api/hooks?x"
        );
        assert_eq!(
            target("http://localhost:3000/api/stripe", "", "/"),
            "/api/stripe"
        );
        assert_eq!(
            target("http://localhost:3000/api/stripe", "", "/?x=1"),
            "/api/stripe?x=1"
        );
        assert_eq!(
            target("http://localhost:3000/api", "/v1", "/a"),
            "/api/v1/a"
        );
    }

    #[test]
    fn the_host_is_the_origins_the_public_one_or_any_other() {
        for (mode, expected) in [
            (HostHeader::Rewrite, "localhost:3000"),
            (HostHeader::Keep, "otter.hooks.example"),
            (HostHeader::Value("app.test".into()), "app.test"),
        ] {
            let request = rewrite(mode, "")
                .request(&head("/"), &"3000".parse().unwrap(), ())
                .unwrap();
            assert_eq!(request.headers()["host"], expected);
            assert_eq!(request.headers().get_all("host").iter().count(), 1);
        }
    }

    #[test]
    fn headers_the_user_sets_replace_those_that_came_and_duplicates_of_others_stay() {
        let request = rewrite(HostHeader::Keep, "")
            .request(&head("/"), &"3000".parse().unwrap(), ())
            .unwrap();
        let values = |name: &str| {
            request
                .headers()
                .get_all(name)
                .iter()
                .map(|v| v.to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(values("authorization"), ["new"]);
        assert_eq!(values("x-dup"), ["1", "2"]);
    }
}
