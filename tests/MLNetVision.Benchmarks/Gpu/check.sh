#!/bin/bash
# check.sh: runs tests, benchmarks and QuickStart of app.tar.xz, which lies beside it, on this machine's GPU, with the libtorch of its
# PyTorch. Start it in a copy of the repository (tests/goldens, datasets, samples/pretrained). Logs grow in $OUT, the most valuable first.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=${REPO:-$PWD}
OUT=${OUT:-/tmp/gpu-results}
DEVICE=${DEVICE:-cuda}
APP=${APP:-$REPO/artifacts/app}
mkdir -p "$OUT"
LOG=$OUT/check.log
say() { echo "$@" | tee -a "$LOG"; }
say "start $(date -u +%T) device $DEVICE repo $REPO"
nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader 2>&1 | tee -a "$LOG"
python3 -c 'import torch; print("torch", torch.__version__)' 2>&1 | tail -1 | tee -a "$LOG"
rm -rf "$APP"; mkdir -p "$APP"; tar -xJf "$HERE/app.tar.xz" -C "$APP" || { say "unpacking failed"; exit 1; }
if [ "$DEVICE" = cuda ]; then
  # PyTorch's libraries beside the program; without the preload libtorch_cuda.so is never loaded and there is no GPU.
  TORCH=$(python3 -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))')
  SITE=$(dirname "$(dirname "$TORCH")")
  ln -sf "$TORCH"/*.so* "$APP/"
  export LD_LIBRARY_PATH="$TORCH:$(ls -d "$SITE"/nvidia/*/lib 2>/dev/null | tr '\n' ':')" LD_PRELOAD="$TORCH/libtorch_cuda.so"
else
  ln -sf "${LOCAL_TORCH:?the folder of a libtorch for the CPU}"/*.so* "$APP/" # to try the script itself
fi
chmod +x "$APP/MLNetVision.Tests" "$APP/MLNetVision.Benchmarks" "$APP/QuickStart"
export MLNETVISION_TEST_DEVICE=$DEVICE MLNETVISION_REPOSITORY=$REPO MLNETVISION_GOLDENS=$REPO/tests/goldens
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
cd "$APP" || exit 1
# log, seconds at most, command
step() {
  local name=$1 limit=$2; shift 2
  say "== $name $(date -u +%T): $*"
  timeout -k 5 "$limit" "$@" 2>&1 | tee -a "$OUT/$name.log"
  say "   ended with ${PIPESTATUS[0]} at $(date -u +%T)"
}
BENCH="./MLNetVision.Benchmarks gpu --device $DEVICE"
if [ "$DEVICE" = cuda ]; then S="--calls 15"; M="--calls 20"; L=""; T="--calls 16"; else
  S="--step-batches 1 --side 64 --calls 1"; M="--sizes 1x64x64 --calls 1"; L="--presets levit-128S --batches 1 --calls 1"; T="--presets levit-128S --training-batch 4 --calls 1"; fi
FILTER=${FILTER:-TestCategory=Device}
step step ${LIMIT:-90} $BENCH --parts step --forms batched $S
step tests ${TEST_LIMIT:-150} ./MLNetVision.Tests --filter "$FILTER" --output Detailed --progress off --results-directory "$APP/results"
step step ${LIMIT:-60} env PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True $BENCH --parts step --forms batched $S --step-batches 8
step levit-training ${LIMIT:-60} $BENCH --parts levit-training $T
step quickstart ${LIMIT:-60} bash -c 'time ./QuickStart digits'
[ -d "$REPO/samples/pretrained/digit-scenes" ] && step quickstart ${LIMIT:-100} bash -c 'time ./QuickStart scenes'
step models ${LIMIT:-70} $BENCH --parts mask2former,mask2former-tf32,mask2former-bf16 $M
step profile ${LIMIT:-60} env LD_PRELOAD="$LD_PRELOAD:$APP/libcudacalls.so" MLNETVISION_CUDA_CALLS="$APP/libcudacalls.so" $BENCH --parts profile,mask2former --forms batched --calls 4 ${S#--calls 15}
step step ${LIMIT:-60} $BENCH --parts step --forms layerwise $S
step models ${LIMIT:-80} $BENCH --parts levit,levit-tf32,levit-bf16 $L
say "end $(date -u +%T)"
