#!/bin/bash
# publish.sh OUT: makes OUT/app.tar.xz, the tests, the benchmarks and QuickStart as programs for linux-x64 without libtorch
# (check.sh borrows PyTorch's), for a machine with a GPU that has no SDK. Works on a copy of the last commit.
set -e
OUT=$(mkdir -p "${1:?the folder for the archive}" && cd "$1" && pwd)
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
git -C "$(git -C "$HERE" rev-parse --show-toplevel)" archive HEAD | tar -xf - -C "$WORK"
cd "$WORK"
# The sample asks for the CPU; here it is to be measured on the GPU.
sed -i 's/new MLContext(seed)/new MLContext(seed) { GpuDeviceId = 0 }/' samples/QuickStart/*.cs
OPTIONS="-c Release -r linux-x64 --self-contained -p:MLNetVisionBackend=none -p:GenerateDocumentationFile=false -p:DebugType=none -v q -nologo"
dotnet publish $OPTIONS tests/MLNetVision.Benchmarks -o app
dotnet publish $OPTIONS samples/QuickStart -o app
dotnet publish $OPTIONS -p:EnableMSTestRunner=true tests/MLNetVision.Tests -o app
cd app
# What is not needed there; debuggers, web servers, peers.
rm -f ./*.pdb ./*.xml libonnxruntime* onnxruntime* ./*.dbg libmscordaccore* libmscordbi* libInstrumentationEngine* ./*.lib ./*.so.* createdump libcoreclrtraceptprovider* libclrgc*
rm -f libMklImports* libiomp* libFastTreeNative* Microsoft.ML.FastTree* Microsoft.AspNetCore* Microsoft.VisualBasic* Microsoft.JSInterop* Microsoft.Net.Http.Headers* Microsoft.TestPlatform* System.Data.Common*
rm -f System.Linq.AsyncEnumerable* System.Linq.Parallel* System.Private.DataContractSerialization* System.Transactions* System.Net.Mail* System.Net.Quic* System.Net.HttpListener* System.Net.WebSockets* System.Net.WebClient* \
  System.Security.Cryptography.Pkcs* System.Security.Cryptography.Xml* System.Formats.Cbor* System.Formats.Tar* System.Threading.RateLimiting*
rm -rf Microsoft.CodeCoverage CodeCoverage runtimes
# A host refuses to start a program whose list names files that are not there.
python3 - <<'PYTHON'
import glob, json, os
for name in glob.glob("*.deps.json"):
    listing = json.load(open(name))
    for target in listing["targets"].values():
        for library in target.values():
            for kind in ("runtime", "native", "resources", "runtimeTargets"):
                if kind in library:
                    library[kind] = {path: value for path, value in library[kind].items() if os.path.exists(os.path.basename(path))}
    json.dump(listing, open(name, "w"))
PYTHON
gcc -O2 -shared -fPIC -o libcudacalls.so "$HERE/cudacalls.c" -ldl
tar --sort=name -cf - . | xz -T2 --x86 --lzma2=preset=8,dict=32MiB,nice=273 --block-size=48MiB > "$OUT/app.tar.xz"
cp "$HERE/check.sh" "$OUT/"
ls -l "$OUT"
