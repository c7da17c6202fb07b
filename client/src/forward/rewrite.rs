//! What is changed on the way to the origin: the Host, and what the user asks for. Nothing else.

use bytes::Bytes;
use hookreel_shared::model::{BodyKind, RequestHead};
use hookreel_shared::net::{ConvertError, append, restore};
use http::{HeaderMap, Method, Request, Uri, Version};

use super::address::Address;

const LENGTH: &str = "content-length";

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

/// A request on its way to the origin.
#[derive(Debug)]
pub struct Outgoing<B> {
    /// What the library is given. It knows all that matters, but not the names' case, nor the
    /// order of fields of different names.
    pub request: Request<B>,
    /// The head as it is to be written, with its empty line.
    pub head: Vec<u8>,
}

/// A target behind paths that go before it.
#[must_use]
pub fn joined(before: &[&str], target: &[u8]) -> Bytes {
    // A URL that names one handler means that handler, not a directory of that name.
    let rest = match target {
        b"/" => &b""[..],
        rest if rest.starts_with(b"/?") => &rest[1..],
        rest => rest,
    };
    let before = before.iter().map(|path| path.as_bytes());
    let all: Vec<&[u8]> = before.chain([rest]).collect();
    all.concat().into()
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
    ) -> Result<Outgoing<B>, RewriteError> {
        let target = self.target(&head.target, origin);
        let mut lines = Vec::with_capacity(self.room(head, &target, origin));
        for part in [&head.method[..], b" ", &target, b" HTTP/1.1\r\n"] {
            lines.extend_from_slice(part);
        }
        let mut request = Request::new(body);
        *request.method_mut() =
            Method::from_bytes(&head.method).map_err(|_| RewriteError::Method)?;
        *request.uri_mut() = Uri::from_maybe_shared(target).map_err(|_| RewriteError::Target)?;
        *request.version_mut() = Version::HTTP_11;
        *request.headers_mut() = self.onward(head, origin, &mut lines)?;
        lines.extend_from_slice(b"\r\n");
        Ok(Outgoing {
            request,
            head: lines,
        })
    }

    /// Room for the head: never less than it needs, but for a Host that is set and very long.
    fn room(&self, head: &RequestHead, target: &Bytes, origin: &Address) -> usize {
        /// The rest of the request line, the empty line, what is said anew, and the Host's port.
        const BESIDE: usize = 128;
        const AROUND: usize = ": \r\n".len();
        let came = head.headers.iter().map(|h| (h.name.len(), h.value.len()));
        let set = self.headers.iter().map(|(n, v)| (n.len(), v.len()));
        let fields = came.chain(set).map(|(name, value)| name + value + AROUND);
        head.method.len() + target.len() + origin.host.len() + fields.sum::<usize>() + BESIDE
    }

    fn target(&self, target: &Bytes, origin: &Address) -> Bytes {
        if origin.path.is_empty() && self.prefix.is_empty() {
            target.clone()
        } else {
            joined(&[&origin.path, &self.prefix], target)
        }
    }

    /// The fields for the origin: as a map, and their lines in their order.
    fn onward(
        &self,
        head: &RequestHead,
        origin: &Address,
        lines: &mut Vec<u8>,
    ) -> Result<HeaderMap, ConvertError> {
        let mut map = HeaderMap::with_capacity(head.headers.len() + self.headers.len() + 2);
        let mut put = |name: &[u8], value: Bytes| {
            restore::push(lines, name, &value);
            append(&mut map, name, value)
        };
        let is_set = |name: &str| {
            self.headers
                .iter()
                .any(|(set, _)| set.eq_ignore_ascii_case(name))
        };
        let has_length = head.headers.contains(LENGTH) || is_set(LENGTH);
        let anew = [
            ("Expect", "100-continue", head.expect_continue),
            (
                "Transfer-Encoding",
                "chunked",
                head.body == BodyKind::Chunked && !has_length,
            ),
        ];
        let is_anew = |field: &[u8]| {
            let is = |(name, _, wanted): &(&str, _, bool)| {
                *wanted && field.eq_ignore_ascii_case(name.as_bytes())
            };
            anew.iter().any(is)
        };
        for header in &head.headers {
            if self.headers.iter().any(|(name, _)| header.is(name)) || is_anew(&header.name) {
                continue;
            }
            let value = match &self.host {
                HostHeader::Rewrite if header.is("host") => origin.authority().into(),
                HostHeader::Value(value) if header.is("host") => value.clone().into(),
                _ => header.value.clone(),
            };
            put(&header.name, value)?;
        }
        for (name, value) in &self.headers {
            if !is_anew(name.as_bytes()) {
                put(name.as_bytes(), value.clone().into())?;
            }
        }
        for (name, value, _) in anew.into_iter().filter(|&(_, _, wanted)| wanted) {
            put(name.as_bytes(), Bytes::from_static(value.as_bytes()))?;
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
            .request
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
                .unwrap()
                .request;
            assert_eq!(request.headers()["host"], expected);
            assert_eq!(request.headers().get_all("host").iter().count(), 1);
        }
    }

    #[test]
    fn headers_the_user_sets_replace_those_that_came_and_duplicates_of_others_stay() {
        let request = rewrite(HostHeader::Keep, "")
            .request(&head("/"), &"3000".parse().unwrap(), ())
            .unwrap()
            .request;
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

    fn written(rewrite: &Rewrite, head: &RequestHead) -> String {
        let origin = "3000".parse().unwrap();
        let outgoing = rewrite.request(head, &origin, ()).unwrap();
        let room = rewrite.room(head, &rewrite.target(&head.target, &origin), &origin);
        assert_eq!(outgoing.head.capacity(), room, "one buffer, large enough");
        String::from_utf8(outgoing.head).unwrap()
    }

    #[test]
    fn the_head_is_the_senders_with_its_order_and_case_and_what_is_added_comes_last() {
        let fields: [(&str, &[u8]); 6] = [
            ("X-Dup", b"1"),
            ("hOST", b"otter.hooks.example"),
            ("x-DUP", b"2"),
            ("AUTHORIZATION", b"old"),
            ("Via", b"1.1 hookreel"),
            ("X-dup", b""),
        ];
        let mut head = request("/a?b", &fields, 3);
        (head.body, head.expect_continue) = (BodyKind::Chunked, true);
        assert_eq!(
            written(&rewrite(HostHeader::Rewrite, "/v1"), &head),
            "POST /v1/a?b HTTP/1.1\r\nX-Dup: 1\r\nhOST: localhost:3000\r\nx-DUP: 2\r\nVia: 1.1 hookreel\r\n\
             X-dup: \r\nauthorization: new\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
    }

    #[test]
    fn a_length_that_the_user_sets_is_not_joined_by_chunks() {
        let mut head = request("/", &[("A", b"b")], 3);
        head.body = BodyKind::Chunked;
        let mut rewrite = rewrite(HostHeader::Keep, "");
        rewrite.headers = vec![("Content-length".into(), "3".into())];
        assert_eq!(
            written(&rewrite, &head),
            "POST / HTTP/1.1\r\nA: b\r\nContent-length: 3\r\n\r\n"
        );
    }
}
