# Sourced by the scripts of the function.

# The packages that each script compiles.
lambda_function='--package osusume-serve --no-default-features --features lambda --bin osusume-lambda'
lambda_remote='--package osusume-serve --features remote --test remote'
lambda_command='--package osusume-cli'

# Installs the Python tools once, into the cache folder, and puts them in PATH.
#   lambda_tools build|s3|check|bench
lambda_tools() {
  case $1 in
    build) set -- build cargo-lambda==1.9.2 ;;
    s3) set -- s3 'moto[s3]==5.2.5' flask==3.1.3 flask-cors==6.0.5 brotli==1.2.1 ;;
    check) set -- check cfn-lint==1.58.0 schemathesis==4.32.5 ;;
    bench) set -- bench numpy==2.4.6 pandas==3.1.1 scikit-learn==1.9.1 ;;
  esac
  lambda_env=${XDG_CACHE_HOME:-$HOME/.cache}/osusume/lambda-$1
  shift
  if [ "$(cat "$lambda_env/installed" 2>/dev/null)" != "$*" ]; then
    echo "installing $* (once) ..." >&2
    rm -rf "$lambda_env"
    python3 -m venv "$lambda_env"
    "$lambda_env/bin/pip" install --quiet --disable-pip-version-check "$@" >&2
    echo "$*" > "$lambda_env/installed"
  fi
  PATH=$lambda_env/bin:$PATH
  export PATH
}
