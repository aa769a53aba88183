// LD_PRELOAD shim that counts the calls of CUDA's runtime: launches, copies, waits of the host, and the time of the latter two.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>
static _Atomic long launches, copies, waits, copy_us, wait_us;
static long now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000L + t.tv_nsec; }
typedef struct { unsigned x, y, z; } d3;
#define NEXT(name, type) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, name)
int cudaLaunchKernel(const void *f, d3 g, d3 b, void **a, size_t m, void *s) {
  typedef int (*T)(const void *, d3, d3, void **, size_t, void *); NEXT("cudaLaunchKernel", T);
  atomic_fetch_add(&launches, 1); return real(f, g, b, a, m, s); }
int cudaLaunchKernelExC(const void *c, const void *f, void **a) {
  typedef int (*T)(const void *, const void *, void **); NEXT("cudaLaunchKernelExC", T);
  atomic_fetch_add(&launches, 1); return real(c, f, a); }
int __cudaLaunchKernel(const void *f, d3 g, d3 b, void **a, size_t m, void *s) {
  typedef int (*T)(const void *, d3, d3, void **, size_t, void *); NEXT("__cudaLaunchKernel", T);
  atomic_fetch_add(&launches, 1); return real(f, g, b, a, m, s); }
int cudaMemcpyAsync(void *d, const void *s, size_t n, int k, void *st) {
  typedef int (*T)(void *, const void *, size_t, int, void *); NEXT("cudaMemcpyAsync", T);
  long t = now(); int r = real(d, s, n, k, st);
  if (k == 1 || k == 2) { atomic_fetch_add(&copies, 1); atomic_fetch_add(&copy_us, (now() - t) / 1000); } else atomic_fetch_add(&launches, 1);
  return r; }
int cudaMemsetAsync(void *d, int v, size_t n, void *st) {
  typedef int (*T)(void *, int, size_t, void *); NEXT("cudaMemsetAsync", T);
  atomic_fetch_add(&launches, 1); return real(d, v, n, st); }
int cudaStreamSynchronize(void *s) {
  typedef int (*T)(void *); NEXT("cudaStreamSynchronize", T);
  long t = now(); int r = real(s); atomic_fetch_add(&waits, 1); atomic_fetch_add(&wait_us, (now() - t) / 1000); return r; }
int cudaEventSynchronize(void *s) {
  typedef int (*T)(void *); NEXT("cudaEventSynchronize", T);
  long t = now(); int r = real(s); atomic_fetch_add(&waits, 1); atomic_fetch_add(&wait_us, (now() - t) / 1000); return r; }
int cudaDeviceSynchronize(void) {
  typedef int (*T)(void); NEXT("cudaDeviceSynchronize", T);
  return real(); }
void mlv_cuda_calls(long *c) { c[0] = launches; c[1] = copies; c[2] = waits; c[3] = copy_us; c[4] = wait_us; }
