# Sourced by .ci/product and .ci/long: applications in a folder of their own that take our packages from another folder.

libtorch=$(sed -nE 's/.*<MLNetVisionLibtorchVersion>(.*)<.*/\1/p' "$repository/src/MLNetVision.Models/buildTransitive/MLNetVision.Models.props")
torchsharp=$(sed -nE 's/.*<MLNetVisionTorchSharpVersion>(.*)<.*/\1/p' "$repository/src/MLNetVision.Models/buildTransitive/MLNetVision.Models.props")
case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) system=linux-x64 ;;
    Darwin-arm64) system=osx-arm64 ;;
    MINGW*-x86_64 | MSYS*-x86_64) system=win-x64 ;;
    *) echo "libtorch has no package for $(uname -sm)" >&2; exit 1 ;;
esac

# libtorch is large: it is linked into each output folder, not copied. MSBuild reads the environment as properties.
export CreateHardLinksForCopyLocalIfPossible=true CreateHardLinksForCopyFilesToOutputDirectoryIfPossible=true CreateHardLinksForPublishFilesIfPossible=true
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

# What the machine has, or the hub would give, is not what is tried here: trainings start alike everywhere.
export HF_HUB_OFFLINE=1 HF_HUB_CACHE="$work/cache"
unset MLNETVISION_LIBTORCH MLNETVISION_KERNELS

step() { echo; echo "== $*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }

# consumers FOLDER FEED: projects under FOLDER restore from FEED beside the machine's own sources. What the machine has
# restored before is used where it lies; what is new, our packages above all, goes into FOLDER and away with it. The SDK is
# the repository's.
consumers() {
    local machine packed
    packed=$(cd "$2" && pwd)
    cp "$repository/global.json" "$1"
    machine=$(dotnet nuget locals global-packages -l | sed -E 's/^[^:]*: *//')
    mkdir -p "$machine" # a fallback folder must be there
    cat > "$1/nuget.config" <<CONFIG
<configuration>
  <config>
    <add key="globalPackagesFolder" value="$1/packages" />
    <add key="signatureValidationMode" value="accept" />
  </config>
  <fallbackPackageFolders><add key="machine" value="$machine" /></fallbackPackageFolders>
  <packageSources><add key="packed" value="$packed" /></packageSources>
</configuration>
CONFIG
}

# code FILE HEADING: the first C# block below a heading of a Markdown file.
code() { awk -v heading="$2" '/^#/ { below = $0 ~ "^#+ " heading "$" } below && /^```$/ && inside { exit } inside { print } below && /^```csharp$/ { inside = 1 }' "$1"; }

# application NAME: README's application in a folder of its own, which becomes the current one; it has no package yet.
application() {
    dotnet new console -o "$work/$1" > "$work/log" || { cat "$work/log"; fail "dotnet new console"; }
    cd "$work/$1"
    code "$repository/README.md" "In your own application" > Program.cs
    cp -r "$repository/datasets/digits" digits
}

add() { dotnet add package "$@" > "$work/log" 2>&1 || { cat "$work/log"; fail "dotnet add package $*"; }; }
succeeds() { "$@" > "$work/log" 2>&1 || { cat "$work/log"; fail "$*"; }; }
fails() { if "$@" > "$work/log" 2>&1; then fail "expected to fail: $*"; fi; }
needs_text() { grep -qF "$1" "$work/log" || { cat "$work/log"; fail "expected: $1"; }; sed -nE "s/.*($1[^[]*).*/\1/p" "$work/log" | head -1; }
refuses_text() { if grep -F "$1" "$work/log"; then fail "not expected: $1"; fi; }

# world FOLDER: what the documentation's snippets name, in FOLDER, which becomes the current one, and in the hub's cache,
# $work/hub: small models that stand for the published ones.
world() {
    mkdir -p "$1/samples" "$1/photos" "$1/datasets"
    cp -r "$repository"/datasets/{digits,digit-scenes,shape-scenes,coco-photos} "$1/datasets"
    cp -r "$repository/samples/pretrained" "$1/samples"
    cp -r "$repository/samples/pretrained/digit-scenes" "$1/checkpoint-folder"
    cp -r "$repository/datasets/digits"/{train,test} "$1/photos"
    cp "$repository/datasets/coco-photos/images/000000142238.jpg" "$1/street.jpg"
    cp "$repository/datasets/coco-photos/images/000000439180.jpg" "$1/cat.jpg"
    cached facebook/levit-128S "$repository/tests/goldens/checkpoints/levit-safetensors"
    cached facebook/levit-256 "$repository/tests/goldens/checkpoints/levit-safetensors"
    cached facebook/mask2former-swin-tiny-coco-panoptic "$repository/samples/pretrained/digit-scenes"
    cd "$1"
}

# cached ID FOLDER: a checkpoint in the hub's cache under a published id.
cached() {
    local place="$work/hub/models--${1/\//--}" revision=0123456789abcdef0123456789abcdef01234567
    mkdir -p "$place/refs" "$place/snapshots"
    echo -n "$revision" > "$place/refs/main"
    cp -r "$2" "$place/snapshots/$revision"
}
