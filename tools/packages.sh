# Sourced by the other scripts: installs the Debian packages named, those that are missing, with sudo when not root.
install_packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local sudo=""
  [ "$(id -u)" -eq 0 ] || sudo="sudo"
  echo "installing: ${missing[*]}"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

build_packages=(g++ cmake make zlib1g-dev libutf8proc-dev nlohmann-json3-dev libcli11-dev libfmt-dev)
test_packages=(libgtest-dev libgmock-dev libbenchmark-dev librapidcheck-dev)
check_packages=(clang-format-14 clang-tidy-14 git python3)
