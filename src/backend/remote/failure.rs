//! What went wrong at a remote place, in words that say what to do.
use opendal::{Error, ErrorKind as Kind, services};

use super::RemotePlace;
use crate::backend::{BackendError, ErrorKind};

/// The right that an action needs, as the service calls it.
fn right(service: &str, action: &str) -> Option<&'static str> {
    Some(match (service, action) {
        (services::S3_SCHEME, "read") => "s3:GetObject",
        (services::S3_SCHEME, "create" | "replace") => "s3:PutObject",
        (services::S3_SCHEME, "lock") => "s3:PutObjectRetention or s3:GetObjectRetention",
        (services::S3_SCHEME, "delete") => "s3:DeleteObject",
        (services::S3_SCHEME, "list") => "s3:ListBucket",
        (services::GCS_SCHEME, "read") => "storage.objects.get",
        (services::GCS_SCHEME, "create") => "storage.objects.create",
        (services::GCS_SCHEME, "replace" | "delete") => "storage.objects.delete",
        (services::GCS_SCHEME, "list") => "storage.objects.list",
        (services::AZBLOB_SCHEME, "read") => "blobs/read",
        (services::AZBLOB_SCHEME, "create" | "replace") => "blobs/write",
        (services::AZBLOB_SCHEME, "delete") => "blobs/delete",
        (services::AZBLOB_SCHEME, "list") => "blobs/read (list)",
        _ => return None,
    })
}

/// What to do where there are no credentials.
fn missing(service: &str) -> &'static str {
    match service {
        services::S3_SCHEME => {
            "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put them into ~/.aws/credentials"
        }
        services::GCS_SCHEME => "there are no credentials: set GOOGLE_APPLICATION_CREDENTIALS",
        services::AZBLOB_SCHEME => "there are no credentials: set AZURE_STORAGE_KEY",
        _ => "there are no credentials",
    }
}

/// The text of a service without what only its programmers understand, and without secrets.
pub(super) fn cause(error: &Error, secrets: &[String]) -> String {
    let mut text = error.message().to_owned();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = error.source();
    }
    let text = secrets.iter().fold(text, |text, secret| text.replace(&**secret, "***"));
    match text.char_indices().nth(600) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The error of an `action` on `object`.
pub(super) fn failure(place: &RemotePlace, action: &'static str, object: &str, error: &Error) -> BackendError {
    let text = cause(error, &place.secrets());
    let told = |hint: String| format!("{text}; {hint}");
    let (kind, text) = match error.kind() {
        Kind::NotFound if action == "list" => {
            (ErrorKind::NoStore, told("is the bucket or container spelled right, and has it been made?".to_owned()))
        }
        Kind::NotFound => (ErrorKind::NotFound, text),
        // WebDAV's answer to wrong credentials has no kind of its own.
        kind if kind == Kind::PermissionDenied || format!("{error:?}").contains("status: 401") => {
            let hint = match right(&place.service, action) {
                Some(right) => format!("the credentials are wrong, or lack the right {right}"),
                None => "the credentials are wrong, or lack the right to do this".to_owned(),
            };
            (ErrorKind::PermissionDenied, told(hint))
        }
        _ if text.contains("failed to load signing credential") => {
            (ErrorKind::Other, told(missing(&place.service).to_owned()))
        }
        Kind::RangeNotSatisfied => (ErrorKind::ShortRead, text),
        Kind::ConfigInvalid => (ErrorKind::Refused, text),
        _ if text.contains("InsufficientStorage") || text.contains("QuotaExceeded") => (ErrorKind::OutOfSpace, text),
        _ => (ErrorKind::Other, text),
    };
    let mut failure = BackendError::new(kind, action, object);
    if kind != ErrorKind::NotFound {
        failure.source = Some(std::io::Error::other(text));
    }
    failure
}
