"""locked.py PORT BUCKET make|lockable|wipe|wipe-locked|undo|versions|longest [PREFIX]: S3 buckets that lock all objects for 30 days, or those that ask for
it; an attacker with all rights; what undoes that; which versions there are, and how many seconds the longest lock has left."""
import datetime, hashlib, hmac, re, sys, urllib.error, urllib.parse, urllib.request

PORT, BUCKET, WHAT = sys.argv[1:4]
PREFIX = (sys.argv + [""])[4]


def ask(method, path, query="", headers={}, body=b""):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": f"127.0.0.1:{PORT}", "x-amz-date": now, "x-amz-content-sha256": digest} | headers
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{digest}"
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4testsecret"
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential=testkey/{scope}, SignedHeaders={names}, Signature={signature}"
    del headers["host"]
    url = f"http://127.0.0.1:{PORT}{path}" + (f"?{query}" if query else "")
    request = urllib.request.Request(url, method=method, headers=headers, data=body if method == "PUT" else None)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def ask_lock(key, version):
    """Seconds until the lock of a version ends; none if it has none."""
    status, text = ask("GET", f"/{BUCKET}/{key}", f"retention=&versionId={version}")
    until = re.search("<RetainUntilDate>([^<]*)<", text)
    if status != 200 or not until:
        return None
    end = datetime.datetime.fromisoformat(until[1].replace("Z", "+00:00"))
    return (end - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def versions():
    """Kind, key and version of everything that was ever there, below the prefix."""
    found, query = [], "versions="
    while True:
        status, text = ask("GET", f"/{BUCKET}", query)
        assert status == 200, text
        for kind, entry in re.findall(r"<(Version|DeleteMarker)>(.*?)</\1>", text, re.S):
            found.append((kind, *(re.search(f"<{field}>([^<]*)<", entry)[1] for field in ("Key", "VersionId"))))
        if "<IsTruncated>true" not in text:
            return [entry for entry in found if entry[1].startswith(PREFIX)]
        marker, version = (re.search(f"<{field}>([^<]*)<", text)[1] for field in ("NextKeyMarker", "NextVersionIdMarker"))
        quoted = urllib.parse.quote(marker, safe="-_.~")
        query = f"key-marker={quoted}&version-id-marker={version}&versions="


def delete(key, version=None):
    return ask("DELETE", f"/{BUCKET}/{key}", f"versionId={version}" if version else "")[0]


if WHAT == "make":
    rule = (
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode>"
        "<Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>"
    )
    assert ask("PUT", f"/{BUCKET}", headers={"x-amz-bucket-object-lock-enabled": "true"})[0] == 200
    assert ask("PUT", f"/{BUCKET}", "object-lock=", body=rule.encode())[0] == 200
elif WHAT == "lockable":
    assert ask("PUT", f"/{BUCKET}", headers={"x-amz-bucket-object-lock-enabled": "true"})[0] == 200
elif WHAT == "versions":
    print(*(key for kind, key, _ in versions() if kind == "Version"), sep="\n")
elif WHAT == "longest":
    left = [ask_lock(key, version) for kind, key, version in versions() if kind == "Version"]
    print(int(max(seconds for seconds in left if seconds is not None)))
elif WHAT == "wipe-locked":
    there = [(key, version) for kind, key, version in versions() if kind == "Version"]
    locked = {(key, version) for key, version in there if (ask_lock(key, version) or 0) > 0}
    needed = ("/config/", "/keys/", "/packs/", "/index/", "/snapshots/", "/replica/")
    assert len(locked) > 10 and all(entry in locked for entry in there if any(part in entry[0] for part in needed))
    for key, version in there:
        status = delete(key, version)
        assert status == (403 if (key, version) in locked else 204), f"{key}: {status}"
    for key in {key for key, _ in locked}:
        assert delete(key) == 204, key
elif WHAT == "wipe":
    there = [(key, version) for kind, key, version in versions() if kind == "Version"]
    assert there
    for key, version in there:
        status = delete(key, version)
        assert status == 403, f"{key} was deleted: {status}"
    for key in {key for key, _ in there}:
        assert delete(key) == 204, key
elif WHAT == "undo":
    markers = [(key, version) for kind, key, version in versions() if kind == "DeleteMarker"]
    assert markers
    for key, version in markers:
        assert delete(key, version) == 204, key
