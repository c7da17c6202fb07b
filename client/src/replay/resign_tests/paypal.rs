//! PayPal, whose key only it has.

use super::*;

/// As PayPal sends it; the certificate stands where only PayPal could have put it.
fn paypal() -> Exchange {
    let fields: [(&str, &[u8]); 6] = [
        ("PAYPAL-TRANSMISSION-ID", b"69cd13f0"),
        ("PAYPAL-TRANSMISSION-TIME", b"2023-11-14T22:13:20Z"),
        ("PAYPAL-AUTH-ALGO", b"SHA256withRSA"),
        (
            "PAYPAL-CERT-URL",
            b"https://api.paypal.com/v1/notifications/certs/CERT-1",
        ),
        ("PAYPAL-TRANSMISSION-SIG", b"AAAA"),
        ("Host", b"shop.hooks.example"),
    ];
    answered(exchange("/hooks", &fields, b"{\"id\":\"WH-1\"}"), 200, b"")
}

#[tokio::test]
async fn paypals_is_left_alone_with_the_reason_and_else_names_the_certificate_that_is_served() {
    let kept = Pkcs8::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
    let development = Development::new(kept);
    let id = ExchangeId::from_uuid(Uuid::from_u128(8));
    let with = |signing, secrets: &[Secret]| Resign {
        keys: Some(Served::new(development.own().unwrap())),
        known: Known {
            secrets: secrets.into(),
            development: Some(development.clone()),
            ..resign(signing).known
        },
        ..resign(signing)
    };
    let webhook = [Secret::new("paypal", "default", "WH-ID")];
    let original = paypal();
    for (secrets, said) in [
        (&webhook[..], "the provider's certificate is not at hand"),
        (&[], "there is no secret of paypal"),
    ] {
        let (made, left) = again(&with(Signing::Usual, secrets), &original, &[]);
        let left = left.unwrap().to_string();
        assert!(
            left.starts_with(&format!("not re-signed: {said}")),
            "{left}"
        );
        assert!(left.contains("--resign uses a key of your own"), "{left}");
        assert_eq!(
            made.head.headers.get("paypal-cert-url"),
            original.request.headers.get("paypal-cert-url")
        );
    }
    let own = with(Signing::Always, &webhook);
    let mut made = request(&original, None, &[], id, later());
    let done = own.apply(&mut made, &original, false, later()).unwrap();
    let url = made.head.headers.get("paypal-cert-url").unwrap();
    let url = std::str::from_utf8(url).unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let done = done.unwrap().to_string();
    assert!(
        done.ends_with(&format!("its certificate is at {url} meanwhile")),
        "{done}"
    );

    let mut came = Exchange::new(Arc::new(made.head.clone()));
    came.request_body = hookreel_shared::model::Capture::whole(made.body.to_vec());
    let verdict =
        |exchange: &Exchange| own.known.sender(exchange, &Asked::default()).report.verdict;
    assert_eq!(verdict(&came), Verdict::Good, "it went out from here");
    // The same bytes from somebody else are not good because of a key of ours.
    Arc::make_mut(&mut came.request).label = hookreel_shared::model::Label::Live;
    assert!(matches!(verdict(&came), Verdict::Unchecked { .. }));
}
