"""bucket.py KIND PORT NAME: waits until the server answers, then makes a bucket or container."""
import base64, datetime, hashlib, hmac, json, socket, sys, time, urllib.error, urllib.request

KIND, PORT, NAME = sys.argv[1], int(sys.argv[2]), sys.argv[3]
# Published by Microsoft for its emulators.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def request():
    if KIND == "s3":
        # A bucket is a folder of the filer.
        return urllib.request.Request(f"http://127.0.0.1:{PORT + 2}/buckets/{NAME}/", method="POST")
    if KIND == "webdav":
        login = base64.b64encode(b"tester:davsecret").decode()
        return urllib.request.Request(f"http://127.0.0.1:{PORT}/", method="OPTIONS", headers={"Authorization": f"Basic {login}"})
    if KIND == "gcs":
        body = json.dumps({"name": NAME}).encode()
        headers = {"Content-Type": "application/json"}
        return urllib.request.Request(f"http://127.0.0.1:{PORT}/storage/v1/b?project=x", data=body, headers=headers)
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
    account = "devstoreaccount1"
    text = f"PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:2021-08-06\n/{account}/{account}/{NAME}\nrestype:container"
    signature = base64.b64encode(hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()).decode()
    headers = {"x-ms-date": date, "x-ms-version": "2021-08-06", "Authorization": f"SharedKey {account}:{signature}", "Content-Length": "0"}
    return urllib.request.Request(f"http://127.0.0.1:{PORT}/{account}/{NAME}?restype=container", method="PUT", headers=headers)


def answers(port):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
    except urllib.error.HTTPError:
        pass


def make():
    try:
        urllib.request.urlopen(request(), timeout=5).read()
    except urllib.error.HTTPError as error:
        # It is there.
        if error.code != 409:
            raise


end = time.time() + 120
while True:
    try:
        if KIND == "sftp":
            with socket.create_connection(("127.0.0.1", PORT), timeout=5) as connection:
                if connection.recv(4) == b"SSH-":
                    break
            raise OSError("no SSH server")
        make()
        if KIND == "s3":
            answers(PORT + 3)
        break
    except urllib.error.HTTPError as error:
        cause = error
    except OSError as error:
        cause = error
    if time.time() > end:
        sys.exit(f"the {KIND} server does not answer: {cause}")
    time.sleep(0.2)
