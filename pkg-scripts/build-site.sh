#!/bin/sh
# Assembles target/site/ from www/page/, www/client/ and embeddings/: a folder to upload as it is,
# to any static host and any path.
#   pkg-scripts/build-site.sh              EMBEDDINGS=folder takes another release than embeddings/, OUT=folder another place
# A site.toml beside the release's manifest says what the page calls itself and its items (docs/HOSTING.md).
# Only index.html, manifest.webmanifest, sw.js and embeddings/manifest.json ever change their content; the page's other files
# lie in a folder named by their hash, so that no cache can mix the files of two versions.
set -eu
cd "$(dirname "$0")/.."
PYTHONPATH=pkg-scripts exec python3 - "${EMBEDDINGS:-embeddings}" "${OUT:-target/site}" <<'PYTHON'
import base64
import hashlib
import html as markup
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import release_files

release, site = Path(sys.argv[1]), Path(sys.argv[2])
new = site.with_name(f"{site.name}.new")
for needed, how in [(release / "manifest.json", "osusume build"), (Path("www/client/wasm/osusume_bg.wasm"), "pkg-scripts/build-wasm.sh")]:
    if not needed.is_file():
        sys.exit(f"build-site.sh: {needed} is missing; {how} makes it")

shutil.rmtree(new, ignore_errors=True)
(new / "embeddings").mkdir(parents=True)

page = Path("www/page")
part = new / "app"
esbuild = Path("node_modules/.bin/esbuild")
if not esbuild.exists():
    sys.exit("build-site.sh: esbuild is missing; npm ci installs it")


imports = {}  # of each built file


def run_esbuild(*options):
    """Bundles scripts or styles; returns the output, unless the options say where it goes."""
    always = ["--bundle", "--target=es2022", "--charset=utf8", "--log-level=warning"]
    return subprocess.run([esbuild, *always, *options], check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def bundle(entries, out, *options):
    record = new / "bundle.json"
    run_esbuild(*entries, "--minify", "--format=esm", "--entry-names=[name]", "--jsx=automatic",
        "--jsx-import-source=preact", f"--outdir={out}", f"--metafile={record}", *options)
    folder = os.path.abspath(part) + os.sep

    def name_of(path):
        full = os.path.abspath(path)
        return full.removeprefix(folder) if full.startswith(folder) else path.removeprefix("./")

    for path, output in json.loads(record.read_text("utf-8"))["outputs"].items():
        static = [each for each in output["imports"] if each["kind"] == "import-statement"]
        imports[name_of(path)] = [name_of(each["path"]) for each in static]
    record.unlink()


# The map, the panels and the second language are files of their own until they are wanted; so is
# the engine, if a worker starts.
scripts = [page / name for name in ("ahead.ts", "main.tsx", "queries/open.ts")]
shared = "./client/index.js"
bundle(scripts, part, "--splitting", f"--alias:osusume={shared}", f"--external:{shared}")
bundle([page / name for name in ("theme/page.css", "features/map/map.css")], part, "--external:*.svg")
bundle(["www/client/index.ts"], part / "client", "--splitting", "--external:./wasm/osusume.js")
bundle(["www/client/worker.ts"], part / "client")
for name in ("icon.svg", "waves.svg", "icons"):
    copy = shutil.copytree if (page / name).is_dir() else shutil.copyfile
    copy(page / name, part / name)
(part / "client/wasm").mkdir()
for name in ("osusume.js", "osusume_bg.wasm"):
    shutil.copyfile(Path("www/client/wasm") / name, part / "client/wasm" / name)
files = sorted(path.relative_to(part).as_posix() for path in part.rglob("*") if path.is_file())
digest = hashlib.sha256()
for name in files:
    content = (part / name).read_bytes()
    digest.update(f"{name} {len(content)}\n".encode() + content)
app = f"app-{digest.hexdigest()[:12]}"
part.rename(new / app)

# Every module that the page begins with, and one language, at once: instead of one round trip for
# each level of imports.
entries = ["ahead.js", "open.js", "main.js"]
modules, found = set(), entries + [name for name in files if name.startswith("en-")]
while found:
    name = found.pop()
    found += [each for each in imports.get(name, []) if each in imports and each not in modules]
    modules.add(name)
modules = sorted(modules - set(entries))
preloads = "\n".join(f'  <link rel="modulepreload" href="{name}">' for name in modules)
html = (page / "index.html").read_text("utf-8")
html = re.sub(r'^ *<link rel="modulepreload".*$', preloads, html, flags=re.M)
html = re.sub(r'(href|src)="([^"#:]+)"', lambda found: f'{found[1]}="{app}/{found[2]}"' if found[2] in files else found[0], html)
html = html.replace("</head>", '  <meta name="osusume-shell" content="sw.js" data-version="">\n</head>', 1)
web = json.loads((page / "manifest.webmanifest").read_text("utf-8"))
for icon in web["icons"]:
    icon["src"] = f"{app}/{icon['src']}"


def replace(pattern, text):
    """Puts `text` in place of what the page has by itself; the pattern must be there."""
    global html
    html, found = re.subn(pattern, lambda _: text, html, flags=re.M | re.S)
    if not found:
        sys.exit(f"build-site.sh: index.html has nothing like {pattern}")


def meta(name, content, more=""):
    return f'<meta name="{name}"{more} content="{markup.escape(content)}">'


# What a site's owner has said; all else stays as index.html has it.
own = tomllib.loads((release / "site.toml").read_text("utf-8")) if (release / "site.toml").is_file() else {}
unknown = own.keys() - {"title", "description", "manifest", "examples", "models", "own_list", "links", "words", "public_key", "images"}
if unknown:
    sys.exit(f"build-site.sh: site.toml: unknown {', '.join(sorted(unknown))}")
if title := own.get("title"):
    replace(r"<title>.*?</title>", f"<title>{markup.escape(title)}</title>")
    replace(r'<span class="name">.*?</small></span>', f'<span class="name">{markup.escape(title)}</span>')
    replace(r'<span class="seal".*?</span>', f'<span class="seal" aria-hidden="true">{markup.escape(title[:1])}</span>')
    web |= {"name": title, "short_name": title}
if description := own.get("description"):
    replace(r'<meta name="description".*?>', meta("description", description))
    web["description"] = description
for name in ("manifest", "public_key", "examples", "models", "own_list", "images"):
    if name in own:
        value = own[name]
        if isinstance(value, list):
            value = " ".join(map(str, value))
        elif isinstance(value, dict):
            value = " ".join(f"{model} {part}" for model, part in value.items())
        tag = f"osusume-{name.replace('_', '-')}"
        replace(rf'<meta name="{tag}".*?>', meta(tag, value))
if "links" in own:
    links = "\n  ".join(meta("osusume-link", url, f' data-name="{markup.escape(name)}"') for name, url in own["links"].items())
    replace(r'<meta name="osusume-link".*?>(\s*<meta name="osusume-link".*?>)*', links)
for language, words in own.get("words", {}).items():
    replace(rf'<meta name="osusume-words" lang="{language}".*?>', meta("osusume-words", json.dumps(words, ensure_ascii=False), f' lang="{language}"'))
(new / "manifest.webmanifest").write_text(json.dumps(web, ensure_ascii=False, indent=2) + "\n", "utf-8")

# The strictest policy the page lives with: in the page itself, since not every host can send headers, and as a header for those
# that can, where it also says who may frame the page.
manifest = re.search(r'<meta name="osusume-manifest" content="([^"]*)"', html)[1]
origin = re.match(r"https?://[^/]+", manifest)
pictures = [address for address in own.get("images", []) if address != "self"]
if wrong := [address for address in pictures if not re.fullmatch(r"https?://[\w.:-]+", address)]:
    sys.exit(f"build-site.sh: site.toml: images: {wrong[0]} is not \"self\" or an origin such as https://pictures.example")
policy = (
    f"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self'{''.join(f' {address}' for address in pictures)}; "
    f"connect-src 'self'{' ' + origin[0] if origin else ''}; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    f"require-trusted-types-for 'script'; trusted-types osusume"
)
replace(r'<meta charset="utf-8">', f'<meta charset="utf-8">\n  <meta http-equiv="Content-Security-Policy" content="{policy}">')

# For the hosts that read it (Netlify, Cloudflare Pages): that policy, and how long each file holds.
forever, asked = "public, max-age=31536000, immutable", "no-cache"
headers = [("/*", {"Content-Security-Policy": f"{policy}; frame-ancestors 'self'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"})]
headers += [(path, {"Cache-Control": forever}) for path in (f"/{app}/*", "/embeddings/*.bin", "/embeddings/related.*")]
headers += [(path, {"Cache-Control": asked}) for path in ("/", "/index.html", "/sw.js", "/manifest.webmanifest", "/embeddings/manifest.json", "/embeddings/manifest.json.minisig")]
(new / "_headers").write_text("".join(f"{path}\n" + "".join(f"  {name}: {value}\n" for name, value in fields.items()) for path, fields in headers), "utf-8")

# The service worker keeps these: what is named by its content with its hash, the other two as they come. The pictures of the
# web manifest are the browser's own business.
shell = {"index.html": "", "manifest.webmanifest": ""}
for name in files:
    if not name.startswith("icons/"):
        shell[f"{app}/{name}"] = "sha256-" + base64.b64encode(hashlib.sha256((new / app / name).read_bytes()).digest()).decode()
version = hashlib.sha256(json.dumps([shell, html, web]).encode()).hexdigest()[:12]
replace('content="sw.js" data-version=""', f'content="sw.js" data-version="{version}"')  # the page's own
(new / "index.html").write_text(html, "utf-8")
script = run_esbuild(page / "sw.ts", "--format=iife")
constants = f"const VERSION = '{version}';\nconst FILES = {json.dumps(shell, indent=2)};\n"
(new / "sw.js").write_text(constants + script, "utf-8")

# Only what the manifest names: the release's README and recipes are no business of visitors. A
# repository has it in fewer files.
named = json.loads((release / "manifest.json").read_text("utf-8"))
release_files.unpack(release, named)
signature = ["manifest.json.minisig"] if (release / "manifest.json.minisig").is_file() else []
for name in ["manifest.json", *signature, *release_files.served(named)]:
    place = new / "embeddings" / name
    place.parent.mkdir(exist_ok=True)
    try:
        os.link(release / name, place)
    except FileNotFoundError:
        sys.exit(f"build-site.sh: {release / name} is missing, though the manifest names it; build the release again")
    except OSError:  # another file system, or one without links
        shutil.copyfile(release / name, place)

shutil.rmtree(site, ignore_errors=True)
new.rename(site)
count, size = 0, 0
for path in site.rglob("*"):
    if path.is_file():
        count, size = count + 1, size + path.stat().st_size
print(f"{site}: {count} files, {size / 1e6:.1f} MB")
PYTHON
