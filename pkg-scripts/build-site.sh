#!/bin/sh
# Assembles target/site/ from www/ and embeddings/: a folder to upload as it is, to any static host and any path.
#   pkg-scripts/build-site.sh              EMBEDDINGS=folder takes another release than embeddings/
# Only index.html, manifest.webmanifest, sw.js and embeddings/manifest.json ever change their content; the page's other files
# lie in a folder named by their hash, so that no cache can mix the files of two versions.
set -eu
cd "$(dirname "$0")/.."
exec python3 - "${EMBEDDINGS:-embeddings}" <<'PYTHON'
import base64
import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

release, site, new = Path(sys.argv[1]), Path("target/site"), Path("target/site.new")
for needed, how in [(release / "manifest.json", "osusume build"), (Path("www/client/wasm/osusume_bg.wasm"), "pkg-scripts/build-wasm.sh")]:
    if not needed.is_file():
        sys.exit(f"build-site.sh: {needed} is missing; {how} makes it")

shutil.rmtree(new, ignore_errors=True)
(new / "embeddings").mkdir(parents=True)

www = Path("www")
only_npm = {www / "client" / name for name in ("README.md", "package.json", "node.js", "element.js")}
files = sorted(path for path in www.rglob("*") if path.is_file() and not path.name.endswith(".d.ts") and path not in {www / "index.html", www / "manifest.webmanifest", www / "sw.js", *only_npm})
digest = hashlib.sha256()
for path in files:
    digest.update(f"{path.as_posix()} {path.stat().st_size}\n".encode() + path.read_bytes())
app = f"app-{digest.hexdigest()[:12]}"
for path in files:
    target = new / app / path.relative_to(www)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)

# Every module of the page at once, instead of one round trip for each level of imports.
modules = [path.relative_to(www).as_posix() for path in files if path.suffix == ".js" and path.parent in (www, www / "client", www / "ui") and path.name != "app.js"]
preloads = "\n".join(f'  <link rel="modulepreload" href="{name}">' for name in modules if name not in ("client/worker.js", "client/http.js"))
html = (www / "index.html").read_text("utf-8")
html = re.sub(r'^ *<link rel="modulepreload".*$', preloads, html, flags=re.M)
html = re.sub(r'(href|src)="([^"#:]+)"', lambda found: f'{found[1]}="{app}/{found[2]}"' if www / found[2] in files else found[0], html)
html = html.replace("</head>", '  <meta name="osusume-shell" content="sw.js">\n</head>', 1)
(new / "index.html").write_text(html, "utf-8")
web = json.loads((www / "manifest.webmanifest").read_text("utf-8"))
for icon in web["icons"]:
    icon["src"] = f"{app}/{icon['src']}"
(new / "manifest.webmanifest").write_text(json.dumps(web, ensure_ascii=False, indent=2) + "\n", "utf-8")

# The service worker keeps these: what is named by its content with its hash, the other two as they come. The pictures of the
# web manifest are the browser's own business.
shell = {"index.html": "", "manifest.webmanifest": ""}
for path in files:
    if path.parent != www / "icons":
        shell[f"{app}/{path.relative_to(www).as_posix()}"] = "sha256-" + base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
version = hashlib.sha256(json.dumps([shell, html, web]).encode()).hexdigest()[:12]
worker = (www / "sw.js").read_text("utf-8").replace("const VERSION = '';", f"const VERSION = '{version}';", 1)
worker = worker.replace("const FILES = {};", f"const FILES = {json.dumps(shell, indent=2)};", 1)
(new / "sw.js").write_text(worker, "utf-8")

# Only what the manifest names: the release's README and recipes are no business of visitors.
for name in ["manifest.json", *(file["name"] for file in json.loads((release / "manifest.json").read_text("utf-8"))["files"])]:
    try:
        os.link(release / name, new / "embeddings" / name)
    except FileNotFoundError:
        sys.exit(f"build-site.sh: {release / name} is missing, though the manifest names it; build the release again")
    except OSError:  # another file system, or one without links
        shutil.copyfile(release / name, new / "embeddings" / name)

shutil.rmtree(site, ignore_errors=True)
new.rename(site)
count, size = 0, 0
for path in site.rglob("*"):
    if path.is_file():
        count, size = count + 1, size + path.stat().st_size
print(f"target/site: {count} files, {size / 1e6:.1f} MB")
PYTHON
