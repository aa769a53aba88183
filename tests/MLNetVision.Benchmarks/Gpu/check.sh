#!/bin/bash
# check.sh: runs tests, benchmarks and QuickStart of app.tar.xz, which lies beside it, on this machine's GPU, with the libtorch of its
# PyTorch. Start it in a copy of the repository (tests/goldens, datasets, samples/pretrained). What can be quoted goes to
# $OUT/results.txt, everything to $OUT/check.log; the most valuable parts come first, each within its own time, and a part that
# fails or runs out of time does not end the others.
#   BUDGET=560           seconds for all parts together
#   PARTS="step tests"   only these parts, in this order; by default all
#   DEVICE=cpu LOCAL_TORCH=FOLDER FILTER=... QUICK=1   tries the script itself on a machine without a GPU
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=${REPO:-$PWD}
OUT=${OUT:-/tmp/gpu-results}
export DEVICE=${DEVICE:-cuda}
APP=${APP:-$REPO/artifacts/app}
BUDGET=${BUDGET:-560}
mkdir -p "$OUT"
LOG=$OUT/check.log RESULTS=$OUT/results.txt
BEGIN=$SECONDS
say() { echo "$@" | tee -a "$LOG"; }
result() { echo "$@" | tee -a "$LOG" "$RESULTS"; }
result "== $(date -u +%FT%TZ) device $DEVICE, $(nproc) processors: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs)"
result "card: $(nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader 2>&1 | head -1)"
result "PyTorch: $(python3 -c 'import torch; print(torch.__version__, "CUDA", torch.version.cuda)' 2>&1 | tail -1)"
rm -rf "$APP"; mkdir -p "$APP"; tar -xJf "$HERE/app.tar.xz" -C "$APP" || { result "unpacking failed"; exit 1; }
if [ "$DEVICE" = cuda ]; then
  # PyTorch's libraries beside the program; without the preload libtorch_cuda.so is never loaded and there is no GPU.
  TORCH=$(python3 -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))')
  SITE=$(dirname "$(dirname "$TORCH")")
  ln -sf "$TORCH"/*.so* "$APP/"
  export LD_LIBRARY_PATH="$TORCH:$(ls -d "$SITE"/nvidia/*/lib 2>/dev/null | tr '\n' ':')"
  PRELOAD="$TORCH/libtorch_cuda.so"
  GPU="--gpu 0" STEP="--calls 15" ONESTEP="--calls 4" MODELS="--calls 20" LEVIT="" TRAINING="--calls 16"
else
  ln -sf "${LOCAL_TORCH:?the folder of a libtorch for the CPU}"/*.so* "$APP/"
  PRELOAD="" GPU="" STEP="--step-batches 1 --side 64 --calls 1" ONESTEP=$STEP MODELS="--sizes 1x64x64 --calls 1"
  LEVIT="--presets levit-128S --batches 1 --calls 1" TRAINING="--presets levit-128S --training-batch 4 --calls 1"
fi
chmod +x "$APP/MLNetVision.Tests" "$APP/MLNetVision.Benchmarks" "$APP/QuickStart"
export MLNETVISION_TEST_DEVICE=$DEVICE MLNETVISION_REPOSITORY=$REPO MLNETVISION_GOLDENS=$REPO/tests/goldens
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
cd "$APP" || exit 1

# seconds at most, command: runs it and appends what it prints to the log. Its own time, and what is left of all time, end it.
run() {
  local limit=$1 left=$((BUDGET - (SECONDS - BEGIN))) begin=$SECONDS code; shift
  [ $left -lt 8 ] && { result "$part: left out, the time is up"; return 1; }
  say "-- $part (at most $((limit < left ? limit : left)) s): $*"
  LD_PRELOAD=$PRELOAD timeout -k 5 $((limit < left ? limit : left)) "$@" > "$APP/part.log" 2>&1
  code=$?
  cat "$APP/part.log" >> "$LOG"
  [ $code -eq 0 ] || { result "$part: ended with $code after $((SECONDS - begin)) s"; grep -v '^ *at ' "$APP/part.log" | tail -8 | sed "s/^/$part! /" | tee -a "$RESULTS"; }
  say "-- $part took $((SECONDS - begin)) s, $((SECONDS - BEGIN)) s in all"
  return $code
}
bench() { local limit=$1; shift; run "$limit" ./MLNetVision.Benchmarks gpu --device "$DEVICE" "$@"; lines; }
lines() { grep -E "${1:-.}" "$APP/part.log" | tee -a "$RESULTS"; }

do_doctor() { bench 25 --parts doctor; }
do_step() { bench 60 --parts step,step-bf16 --forms batched $STEP; }
do_tests() {
  run 160 ./MLNetVision.Tests --filter "${FILTER:-TestCategory=Device}" --output Detailed --progress off --results-directory "$APP/results"
  lines '^(failed|skipped) |^  (total|failed|succeeded|skipped):'
}
do_models() { bench 45 --parts mask2former,mask2former-tf32,mask2former-bf16 $MODELS; }
do_levit() { bench 60 --parts levit,levit-tf32,levit-bf16 $LEVIT; }
do_levittraining() { bench 60 --parts levit-training,levit-training-tf32,levit-training-bf16 $TRAINING; }
do_quality() { run 60 ./MLNetVision.Benchmarks precision --mask2former "$REPO/samples/pretrained/digit-scenes" --scenes "$REPO/datasets/digit-scenes/test" $GPU; lines 'PQ'; }
do_digits() {
  local begin=$(date +%s.%N)
  run 60 ./QuickStart digits; lines 'Trained in|Test accuracy|^The training|Training on'
  result "quickstart digits: whole program $(echo "$(date +%s.%N) $begin" | awk '{printf "%.1f", $1 - $2}') s"
  cp "$REPO/artifacts/quickstart/digits.zip" "$OUT/" 2>/dev/null
  sed -n '/predict-digits/,$p' "$APP/part.log" | tail -25 >> "$RESULTS"
}
do_scenes() {
  local begin=$(date +%s.%N)
  run 90 ./QuickStart scenes; lines 'Fine-tuned in|Panoptic quality'
  result "quickstart scenes: whole program $(echo "$(date +%s.%N) $begin" | awk '{printf "%.1f", $1 - $2}') s"
}
do_memory() {
  bench 30 --parts memory --checkpoint "$REPO/samples/pretrained/digit-scenes"
  PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True bench 45 --parts step --forms batched ${STEP} --step-batches ${QUICK:-8}
}
do_profile() { PRELOAD="$PRELOAD:$APP/libcudacalls.so" MLNETVISION_CUDA_CALLS=$APP/libcudacalls.so bench 45 --parts profile,profile-bf16,mask2former --forms batched $ONESTEP ${MODELS%--calls*}; }
do_layerwise() { bench 45 --parts step --forms layerwise $STEP; }
do_steptf32() { bench 45 --parts step-tf32 --forms batched $STEP; }

for part in ${PARTS:-doctor step tests models levittraining levit quality digits scenes memory profile steptf32 layerwise}; do
  "do_$part"
done
result "== end after $((SECONDS - BEGIN)) s"
