#!/bin/bash
# publish.sh OUT: makes OUT/app.tar.xz, the tests, the benchmarks and QuickStart as programs for linux-x64 without libtorch
# (check.sh borrows PyTorch's), for a machine with a GPU that has no SDK. Works on a copy of the last commit. The archive is
# kept small, so that it fits beside a copy of the repository where both together may have 64 MiB.
set -e
OUT=$(mkdir -p "${1:?the folder for the archive}" && cd "$1" && pwd)
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(git -C "$HERE" rev-parse --show-toplevel)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
git -C "$ROOT" archive HEAD | tar -xf - -C "$WORK"
cd "$WORK"
# The sample asks for the CPU; here it is to be measured on the GPU.
sed -i 's/new MLContext(seed)/new MLContext(seed) { GpuDeviceId = Environment.GetEnvironmentVariable("DEVICE") == "cpu" ? null : 0 }/' samples/QuickStart/*.cs
OPTIONS="-c Release -r linux-x64 --self-contained -p:MLNetVisionBackend=none -p:GenerateDocumentationFile=false -p:DebugType=none -v q -nologo -m:1"
dotnet publish $OPTIONS tests/MLNetVision.Benchmarks -o app
dotnet publish $OPTIONS samples/QuickStart -o app
dotnet publish $OPTIONS -p:EnableMSTestRunner=true tests/MLNetVision.Tests -o app
cd app
# What is not needed there; debuggers, web servers, peers, the model that comes with the command.
rm -f ./*.pdb ./*.xml libonnxruntime* onnxruntime* ./*.dbg libmscordaccore* libmscordbi* libInstrumentationEngine* ./*.lib ./*.so.* createdump libcoreclrtraceptprovider* libclrgc*
rm -f libMklImports* libiomp* libFastTreeNative* Microsoft.ML.FastTree* Microsoft.AspNetCore* Microsoft.VisualBasic* Microsoft.JSInterop* Microsoft.Net.Http.Headers* Microsoft.TestPlatform* System.Data.Common*
rm -f System.Linq.AsyncEnumerable* System.Linq.Parallel* System.Private.DataContractSerialization* System.Transactions* System.Net.Mail* System.Net.Quic* System.Net.HttpListener* System.Net.WebSockets* System.Net.WebClient* \
  System.Security.Cryptography.Pkcs* System.Security.Cryptography.Xml* System.Formats.Cbor* System.Formats.Tar* System.Threading.RateLimiting*
rm -rf Microsoft.CodeCoverage CodeCoverage runtimes mlnetvision-starter
python3 - <<'PYTHON'
import glob, json, os, re, struct

# A host refuses to start a program whose list names files that are not there.
for name in glob.glob("*.deps.json"):
    listing = json.load(open(name))
    for target in listing["targets"].values():
        for library in target.values():
            for kind in ("runtime", "native", "resources", "runtimeTargets"):
                if kind in library:
                    library[kind] = {path: value for path, value in library[kind].items() if os.path.exists(os.path.basename(path))}
    json.dump(listing, open(name, "w"))

# The framework's assemblies hold machine code beside the intermediate code, which compresses badly. Where it hardly counts
# for the time of a run it goes, and the runtime compiles what it needs.
KEPT = re.compile(r"System\.(Private\.(CoreLib|Uri)|Linq|Collections(\.Concurrent)?|Threading|Memory|Numerics.*|Runtime.*|Console)\.dll")

def strip(path):
    data = bytearray(open(path, "rb").read())
    header = struct.unpack_from("<I", data, 0x3C)[0]
    optional = header + 24
    directories = optional + (112 if struct.unpack_from("<H", data, optional)[0] == 0x20B else 96)
    count, = struct.unpack_from("<H", data, header + 6)
    table = optional + struct.unpack_from("<H", data, header + 20)[0]
    sections = [struct.unpack_from("<8sIIII", data, table + 40 * i) for i in range(count)]

    def place(address):
        return next(address - start + raw for _, size, start, raw_size, raw in sections if start <= address < start + max(size, raw_size))

    managed, = struct.unpack_from("<I", data, directories + 8 * 14)
    if not managed:
        return
    managed = place(managed)
    native, = struct.unpack_from("<I", data, managed + 64)
    if not native or data[place(native):place(native) + 4] != b"RTR\0":
        return
    functions, length = struct.unpack_from("<II", data, directories + 8 * 3)
    for i in range(length // 12):
        begin, end = struct.unpack_from("<II", data, place(functions) + 12 * i)
        data[place(begin):place(begin) + end - begin] = bytes(end - begin)
    flags, = struct.unpack_from("<I", data, managed + 16)
    struct.pack_into("<I", data, managed + 16, (flags | 1) & ~4)  # intermediate code only
    struct.pack_into("<II", data, managed + 64, 0, 0)
    struct.pack_into("<H", data, header + 4, 0x8664)
    for i in (0, 1, 3, 5, 12):  # exports, imports, functions, relocations, addresses
        struct.pack_into("<II", data, directories + 8 * i, 0, 0)
    open(path, "wb").write(data)

for name in glob.glob("*.dll"):
    if not KEPT.fullmatch(name):
        strip(name)
PYTHON
gcc -O2 -shared -fPIC -o libcudacalls.so "$HERE/cudacalls.c" -ldl
tar --sort=name -cf - . | xz -T2 --x86 --lzma2=preset=8,dict=32MiB,nice=273 --block-size=48MiB > "$OUT/app.tar.xz"
cp "$HERE/check.sh" "$OUT/"
cd "$ROOT"
echo "app.tar.xz: $(stat -c %s "$OUT/app.tar.xz") bytes; the repository's files: $(git ls-files -z | xargs -0 stat -c %s | awk '{s += $1} END {print s}') bytes; together at most 67108864 where 64 MiB are the limit"
