/* SPDX-License-Identifier: MIT */
/* What would owned actors give? The raw floor for asking from outside.
 *
 * mini2: as mini.c, with the same benches, but messages between actors of one worker use no atomic
 * operation at all; other threads push to a second, atomic inbox and notify the owner; an idle worker is
 * given half of a busy worker's private run queue (hand-over instead of stealing).
 *   ./mini2 THREADS NAME ARGS... */
#define _GNU_SOURCE
#include "bench.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <immintrin.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define RLX memory_order_relaxed
#define ACQ memory_order_acquire
#define REL memory_order_release
#ifndef ASZ
#define ASZ 128                       /* actor size: 64 header + inline user state */
#endif
#ifndef BATCH
#define BATCH 256
#endif
typedef struct msg { _Atomic(struct msg *) next; uint32_t tag; uint32_t cls; struct actor *from; long v; } msg; /* 32 B */
typedef struct actor {
  msg *lh, *lt;                       /* local FIFO: touched by the owning worker only, plain loads and stores */
  void (*fn)(struct actor *, msg *);
  struct actor *rq;                   /* private run queue link */
  _Atomic(msg *) in;                  /* messages from other threads: push-only stack; NULL = none and no notice pending, (msg*)1 = none but notice pending */
  struct actor *rl;                   /* link in the owner's incoming stack */
  _Atomic(int) owner; uint8_t live, stopping, sched, pad;
  void (*stop)(struct actor *);
  long u[(ASZ - 64) / 8];
} actor;
_Static_assert(sizeof(msg) == 32 && sizeof(actor) == ASZ, "layout");

/* ------------------------------------------------------------------ memory */
#define MAG 64
typedef struct fl { void *top; int n; void *full; char *bump, *end; } flist;      /* link in word 0, magazine link in word 1 */
enum { C_MSG, C_ACT, NCLS }; static const size_t csz[NCLS] = { 32, ASZ };
static _Thread_local flist F[NCLS];
static struct { atomic_flag l; _Atomic(void *) mags; char pad[48]; } G[NCLS];
static char *slabs[65536]; static atomic_int nslab;  /* actor slabs, for shutdown */
static pthread_mutex_t slab_mu = PTHREAD_MUTEX_INITIALIZER; static char *blk, *blk_end;
#define SLAB 65536
static inline void spin_lock(atomic_flag *l) { while (atomic_flag_test_and_set_explicit(l, ACQ)) _mm_pause(); }
static inline void spin_unlock(atomic_flag *l) { atomic_flag_clear_explicit(l, REL); }
static __attribute__((noinline)) void *refill(int c) {
  flist *f = &F[c];
  if (f->full) { f->top = f->full; f->full = NULL; f->n = MAG; }
  else if (atomic_load_explicit(&G[c].mags, RLX)) {
    spin_lock(&G[c].l); void *m = atomic_load_explicit(&G[c].mags, RLX); if (m) atomic_store_explicit(&G[c].mags, ((void **)m)[1], RLX); spin_unlock(&G[c].l);
    if (m) { f->top = m; f->n = MAG; }
  }
  if (f->top) { void *p = f->top; f->top = *(void **)p; f->n--; return p; }
  if (f->bump + csz[c] > f->end) {
    pthread_mutex_lock(&slab_mu);
    if (blk + SLAB > blk_end) {
      size_t B = 32u << 20; char *m = mmap(NULL, B + (2 << 20), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      blk = (char *)(((uintptr_t)m + (2 << 20) - 1) & ~((uintptr_t)(2 << 20) - 1)); blk_end = blk + B;
#ifndef NOTHP
      madvise(blk, B, MADV_HUGEPAGE);
#else
      madvise(blk, B, MADV_NOHUGEPAGE);
#endif
    }
    f->bump = blk; blk += SLAB; f->end = f->bump + SLAB;
    if (c == C_ACT) slabs[atomic_fetch_add(&nslab, 1)] = f->bump;
    pthread_mutex_unlock(&slab_mu);
  }
  void *p = f->bump; f->bump += csz[c]; return p;
}
#ifdef USE_MALLOC
static inline void *palloc(int c) { return malloc(csz[c]); }
static inline void pfree(int c, void *p) { (void)c; free(p); }
#define palloc_unused_ palloc_pool
#define palloc palloc_pool
#define pfree pfree_pool
#endif
static inline void *palloc(int c) { flist *f = &F[c]; void *p = f->top; if (likely(p != NULL)) { f->top = *(void **)p; f->n--; return p; } return refill(c); }
static __attribute__((noinline)) void spill(int c) {           /* local list holds MAG: keep one full magazine, hand older ones over */
  flist *f = &F[c];
  if (f->full) { spin_lock(&G[c].l); ((void **)f->full)[1] = atomic_load_explicit(&G[c].mags, RLX); atomic_store_explicit(&G[c].mags, f->full, RLX); spin_unlock(&G[c].l); }
  f->full = f->top; f->top = NULL; f->n = 0;
}
static inline void pfree(int c, void *p) { flist *f = &F[c]; *(void **)p = f->top; f->top = p; if (unlikely(++f->n == MAG)) spill(c); }

#ifdef USE_MALLOC
#undef palloc
#undef pfree
#endif
/* ------------------------------------------------------------------ scheduler: private run queues, owners, hand-over */
#define NONE (-1)
#define MARK ((msg *)1)
typedef struct worker {
  actor *h, *t; int len; int id; actor *cur; uint32_t tick;
  _Alignas(128) _Atomic(actor *) inq; _Alignas(128) atomic_int parked; pthread_t th;
} worker;
static worker W[16]; static int NT; static _Thread_local worker *me;
static _Alignas(128) _Atomic uint32_t idle_mask; static _Alignas(128) atomic_bool quit; static _Alignas(128) atomic_uint rr;
static void futex_wake(atomic_int *f, int n) { syscall(SYS_futex, f, FUTEX_WAKE_PRIVATE, n, 0, 0, 0); }
static void futex_wait(atomic_int *f, int v) { syscall(SYS_futex, f, FUTEX_WAIT_PRIVATE, v, 0, 0, 0); }
static inline void rq_push(worker *w, actor *a) { a->rq = NULL; if (w->t) w->t->rq = a; else w->h = a; w->t = a; w->len++; }
static inline actor *rq_pop(worker *w) { actor *a = w->h; if (a) { w->h = a->rq; if (!w->h) w->t = NULL; w->len--; } return a; }
static inline msg *new_msg(uint32_t tag, actor *from, long v) { msg *m = palloc(C_MSG); m->tag = tag; m->from = from; m->v = v; return m; }
static void inq_push(worker *w, actor *a) {
  actor *o = atomic_load_explicit(&w->inq, RLX); do a->rl = o; while (!atomic_compare_exchange_weak_explicit(&w->inq, &o, a, memory_order_seq_cst, RLX));
  if (!o && atomic_load(&w->parked)) { int one = 1; if (atomic_compare_exchange_strong(&w->parked, &one, 0)) futex_wake(&w->parked, 1); }
}
static void loc_append(actor *a, msg *first_lifo) {       /* newest-first chain -> appended oldest first */
  msg *f = NULL, *l = first_lifo, *m = first_lifo;
  while (m) { msg *n = atomic_load_explicit(&m->next, RLX); atomic_store_explicit(&m->next, f, RLX); f = m; m = n; }
  if (a->lt) atomic_store_explicit(&a->lt->next, f, RLX); else a->lh = f; a->lt = l;
}
static __attribute__((noinline)) void send_remote(actor *a, msg *m) {
  msg *o = atomic_load_explicit(&a->in, RLX);
  do atomic_store_explicit(&m->next, o == MARK ? NULL : o, RLX); while (!atomic_compare_exchange_weak_explicit(&a->in, &o, m, memory_order_acq_rel, RLX));
  if (!o) { int ow = atomic_load_explicit(&a->owner, ACQ); if (ow == NONE) { int w = (int)(atomic_fetch_add(&rr, 1) % NT); if (atomic_compare_exchange_strong(&a->owner, &ow, w)) ow = w; } inq_push(&W[ow], a); }
}
static __attribute__((noinline)) void claim_or_drain(actor *a, worker *w) { /* rare half of the local path: pairwise order needs older remote messages first */
  msg *x = atomic_load_explicit(&a->in, RLX); if (x && x != MARK) { x = atomic_exchange_explicit(&a->in, MARK, ACQ); if (x != MARK) loc_append(a, x); } (void)w; }
static inline void send(actor *a, msg *m) {
  worker *w = me; int ow = atomic_load_explicit(&a->owner, RLX);
  if (unlikely(ow == NONE && w)) { if (atomic_compare_exchange_strong(&a->owner, &ow, w->id)) ow = w->id; }
  if (unlikely(!w || ow != w->id)) { send_remote(a, m); return; }
  if (unlikely(atomic_load_explicit(&a->in, RLX) != NULL)) claim_or_drain(a, w);
  atomic_store_explicit(&m->next, NULL, RLX);
  if (a->lt) atomic_store_explicit(&a->lt->next, m, RLX); else a->lh = m;
  a->lt = m;
  if (!a->sched) { a->sched = 1; rq_push(w, a); }
}
static inline void actor_free(actor *a) { a->live = 0; pfree(C_ACT, a); }
static __attribute__((noinline)) void take_inq(worker *w) {
  actor *a = atomic_exchange_explicit(&w->inq, NULL, ACQ), *r = NULL, *n;
  while (a) { n = a->rl; a->rl = r; r = a; a = n; }
  for (a = r; a; a = n) { n = a->rl;
    int ow = atomic_load_explicit(&a->owner, RLX);
    if (ow != w->id) { inq_push(&W[ow], a); continue; }                      /* moved meanwhile: forward the notice */
    if (a->sched == 2) a->sched = 0;                                         /* handed over while runnable */
    msg *x = atomic_exchange_explicit(&a->in, NULL, memory_order_acq_rel); if (x && x != MARK) loc_append(a, x);
    if (a->lh && !a->sched) { a->sched = 1; rq_push(w, a); }
  }
}
static __attribute__((noinline)) void hand_over(worker *w) {                 /* give half of my runnable actors to an idle worker */
  uint32_t im = atomic_load(&idle_mask) & ~(1u << w->id); if (!im) return; int v = __builtin_ctz(im);
  if (!(atomic_fetch_and(&idle_mask, ~(1u << v)) & (1u << v))) return;
  int n = w->len / 2; if (n > 64) n = 64;
  for (int i = 0; i < n; i++) { actor *a = rq_pop(w);
    if (atomic_load_explicit(&a->in, RLX) != NULL) { rq_push(w, a); continue; }   /* a notice is in flight: its rl link may be in use, keep it */
    msg *z = NULL; if (!atomic_compare_exchange_strong(&a->in, &z, MARK)) { rq_push(w, a); continue; }
    a->sched = 2; atomic_store_explicit(&a->owner, v, REL); inq_push(&W[v], a); }
}
static inline void run_actor(worker *w, actor *a) {
  int k = 0; msg *m;
  while ((m = a->lh)) {
    msg *n = atomic_load_explicit(&m->next, RLX); a->lh = n; if (!n) a->lt = NULL;
    a->fn(a, m); pfree(C_MSG, m);
    if (unlikely(a->stopping)) { actor_free(a); return; }
    if (unlikely(++k == BATCH)) break;
  }
  if (a->lh) rq_push(w, a); else a->sched = 0;
}
static actor *spawn(void (*fn)(actor *, msg *)) {
  actor *a = palloc(C_ACT); a->lh = a->lt = NULL; atomic_store_explicit(&a->in, NULL, RLX); atomic_store_explicit(&a->owner, me ? me->id : NONE, RLX); a->fn = fn; a->live = 1; a->stopping = 0; a->sched = 0; a->stop = NULL; return a;
}
static atomic_int stop_slab; static atomic_bool do_stop;
static void stop_walk(void) { int n = atomic_load(&nslab), i; while ((i = atomic_fetch_add(&stop_slab, 1)) < n) { char *s = slabs[i]; for (char *p = s; p + ASZ <= s + SLAB; p += ASZ) { actor *a = (actor *)p; if (!a->live) continue; msg *e = NULL; if (!atomic_compare_exchange_strong(&a->in, &e, (msg *)2)) continue; if (a->stop) { a->stop(a); actor_free(a); } } } }
static void *worker_main(void *p) {
  worker *w = p; me = w;
  for (;;) {
    if (unlikely(atomic_load_explicit(&w->inq, RLX) != NULL)) { take_inq(w); }
    actor *a = rq_pop(w);
    if (a) {
      if (unlikely(w->len > 0 && atomic_load_explicit(&idle_mask, RLX))) hand_over(w);
      run_actor(w, a); continue; }
    if (atomic_load(&do_stop)) { stop_walk(); if (atomic_load(&quit)) return NULL; }
    if (NT > 1) atomic_fetch_or(&idle_mask, 1u << w->id);
    bool got = false; for (int s = 0; s < 3000 && !(got = atomic_load_explicit(&w->inq, RLX) != NULL); s++) _mm_pause();
    if (!got && !atomic_load(&quit)) { atomic_store(&w->parked, 1); if (atomic_load(&w->inq) || atomic_load(&quit)) { atomic_store(&w->parked, 0); } else while (atomic_load(&w->parked) == 1 && !atomic_load(&quit)) futex_wait(&w->parked, 1); }
    if (NT > 1) atomic_fetch_and(&idle_mask, ~(1u << w->id));
    if (atomic_load(&quit) && !atomic_load(&do_stop)) return NULL;
  }
}
static void start(int t) { NT = t; for (int i = 0; i < t; i++) W[i].id = i; for (int i = 0; i < t; i++) pthread_create(&W[i].th, NULL, worker_main, &W[i]); }
static void wake_all(void) { for (int i = 0; i < NT; i++) { atomic_store(&W[i].parked, 0); futex_wake(&W[i].parked, 1); } }
/* ------------------------------------------------------------------ benches */
static atomic_int fin; static atomic_long cnt; static long total; static uint64_t w1, c1; static uint64_t w0, c0;
static void done(void) { w1 = now_ns(); c1 = cpu_ns(); atomic_store(&fin, 1); futex_wake(&fin, 1); }
static void wait_done(void) { while (!atomic_load(&fin)) futex_wait(&fin, 0); }
static void go(void) { w0 = now_ns(); c0 = cpu_ns(); }
static void end(const char *n, double ops) { wait_done(); res_rate(n, ops, w1 - w0, c1 - c0); }
enum { GO, PING, PONG, INC, INCACK, ACK, MEET, CHANGE, EXIT, CNT };
#define U(i) a->u[i]
#define UP(i) ((actor *)a->u[i])
static void f_pong(actor *a, msg *m) { send(m->from, new_msg(PONG, a, 0)); }
static void f_ping(actor *a, msg *m) { if (m->tag == PONG && --U(1) == 0) { done(); return; } send(UP(0), new_msg(PING, a, 0)); }
static void f_ring(actor *a, msg *m) { if (m->v == 0) { done(); return; } send(UP(0), new_msg(PING, a, m->v - 1)); }
static void f_sink(actor *a, msg *m) { if (m->tag == INCACK) send(m->from, new_msg(ACK, a, 0)); if (++U(0) == U(1)) done(); }
static void f_burst(actor *a, msg *m) { (void)m; for (long i = 0; i < U(1); i++) send(UP(0), new_msg(INC, a, 0)); }
static void f_win(actor *a, msg *m) { if (m->tag == ACK) U(2) += U(3) / 2; long h = U(3) / 2;
  while (U(1) > 0 && U(2) > 0) { send(UP(0), new_msg(U(1) % h == 0 ? INCACK : INC, a, 0)); --U(1); --U(2); } }
static void f_fj(actor *a, msg *m) { (void)m; if (++U(0) == U(1)) { a->stopping = 1; if (atomic_fetch_add(&cnt, 1) + 1 == total) done(); } }
static actor **av;
static void f_fjdrv(actor *a, msg *m) { (void)m; for (long j = 0; j < U(1); j++) for (long i = 0; i < U(0); i++) send(av[i], new_msg(INC, a, 0)); }
static void f_create(actor *a, msg *m) { (void)m; for (long i = 0; i < U(0); i++) { actor *x = spawn(f_fj); x->u[0] = 0; x->u[1] = 1; send(x, new_msg(INC, a, 0)); } }
static void f_create2(actor *a, msg *m) {   /* same, but yields to the queue every 64 spawns (bounded backlog) */
  (void)m; for (int k = 0; k < 64 && U(0) > 0; k++, U(0)--) { actor *x = spawn(f_fj); x->u[0] = 0; x->u[1] = 1; send(x, new_msg(INC, a, 0)); }
  if (U(0) > 0) send(a, new_msg(GO, a, 0)); }
static void f_mall(actor *a, msg *m) {
  if (m->tag == CNT) { U(4) += m->v; if (++U(3) == U(2)) done(); return; }
  if (U(1) == 0) { send(m->from, new_msg(EXIT, a, 0)); return; }
  if (!U(0)) { U(0) = (long)m->from; return; }
  send(UP(0), new_msg(MEET, m->from, m->v)); U(0) = 0; --U(1); }
static void f_cham(actor *a, msg *m) {
  if (m->tag == EXIT) { send(UP(0), new_msg(CNT, a, U(2))); return; }
  if (m->tag == MEET) { U(1) = U(1) == m->v ? m->v : 3 - U(1) - m->v; ++U(2); send(m->from, new_msg(CHANGE, a, U(1))); }
  else if (m->tag == CHANGE) { U(1) = m->v; ++U(2); }
  send(UP(0), new_msg(MEET, a, U(1))); }
static void f_big(actor *a, msg *m) {
  if (m->tag == PING) { send(m->from, new_msg(PONG, a, 0)); return; }
  if (m->tag == PONG && ++U(1) == U(2)) { if (atomic_fetch_add(&cnt, 1) + 1 == total) done(); return; }
  U(0) = (U(0) * 1309 + 13849) & 65535; send(av[U(0) % total], new_msg(PING, a, 0)); }
static void f_idle(actor *a, msg *m) { (void)a; (void)m; }
static void s_idle(actor *a) { U(0) = 1; if (atomic_fetch_add(&cnt, 1) + 1 == total) done(); }
static atomic_int *reply;
static int ask_spin = 2000;
static void f_echo(actor *a, msg *m) { (void)a; atomic_int *r = (atomic_int *)m->v; if (atomic_exchange(r, 1) == 2) futex_wake(r, 1); }
static void ask(actor *e) {
  atomic_int r = 0; send(e, new_msg(PING, NULL, (long)&r));
  for (int i = 0; i < ask_spin && !atomic_load_explicit(&r, ACQ); i++) _mm_pause();
  int z = 0; if (!atomic_load(&r) && atomic_compare_exchange_strong(&r, &z, 2)) while (atomic_load(&r) == 2) futex_wait(&r, 2);
}
/* name registry cost: sharded chained hash, intrusive in a 64-byte entry, grown per shard */
typedef struct nent { struct nent *next; uint64_t h; actor *a; char name[40]; } nent;
static struct { _Alignas(64) atomic_flag l; nent **b; uint32_t n, cap; } NR[64];
static inline uint64_t hash(const char *p, size_t n) { uint64_t h = 0x9E3779B97F4A7C15ull ^ n; while (n >= 8) { uint64_t w; memcpy(&w, p, 8); __uint128_t m = (__uint128_t)(h ^ w) * 0xD6E8FEB86659FD93ull; h = (uint64_t)m ^ (uint64_t)(m >> 64); p += 8; n -= 8; } uint64_t w = 0; memcpy(&w, p, n); __uint128_t m = (__uint128_t)(h ^ w) * 0xD6E8FEB86659FD93ull; return (uint64_t)m ^ (uint64_t)(m >> 64); }
static bool reg(nent *e) {
  uint64_t h = e->h = hash(e->name, strlen(e->name)); unsigned s = h >> 58; spin_lock(&NR[s].l);
  if (NR[s].n >= NR[s].cap) { uint32_t nc = NR[s].cap ? NR[s].cap * 2 : 64; nent **nb = calloc(nc, 8); for (uint32_t i = 0; i < NR[s].cap; i++) for (nent *x = NR[s].b[i], *y; x; x = y) { y = x->next; x->next = nb[x->h & (nc - 1)]; nb[x->h & (nc - 1)] = x; } free(NR[s].b); NR[s].b = nb; NR[s].cap = nc; }
  nent **bk = &NR[s].b[h & (NR[s].cap - 1)]; for (nent *x = *bk; x; x = x->next) if (x->h == h && !strcmp(x->name, e->name)) { spin_unlock(&NR[s].l); return false; }
  e->next = *bk; *bk = e; NR[s].n++; spin_unlock(&NR[s].l); return true; }
static actor *look(const char *nm) { uint64_t h = hash(nm, strlen(nm)); unsigned s = h >> 58; spin_lock(&NR[s].l); nent *x = NR[s].b[h & (NR[s].cap - 1)]; while (x && !(x->h == h && !strcmp(x->name, nm))) x = x->next; actor *a = x ? x->a : NULL; spin_unlock(&NR[s].l); return a; }
static void named(long n) {
  char (*nm)[24] = malloc(n * 24); for (long i = 0; i < n; i++) snprintf(nm[i], 24, "actor-%ld", i);
  char *slab = malloc(n * sizeof(nent)); memset(slab, 1, n * sizeof(nent)); long r0 = rss_bytes(); (void)r0; uint64_t c;
  go(); c = cpu_ns(); for (long i = 0; i < n; i++) spawn(NULL); res_val("spawn_plain_ns", (double)(cpu_ns() - c) / n, "ns");
  c = cpu_ns(); for (long i = 0; i < n; i++) { nent *e = (nent *)(slab + i * sizeof(nent)); e->a = spawn(NULL); strcpy(e->name, nm[i]); if (!reg(e)) abort(); } res_val("spawn_named_ns", (double)(cpu_ns() - c) / n, "ns");
  c = cpu_ns(); for (long i = 0, k = 1; i < n; i++, k = (k * 48271) % 2147483647) if (!look(nm[k % n])) abort(); res_val("lookup_random_ns", (double)(cpu_ns() - c) / n, "ns");
  c = cpu_ns(); char b[24]; for (long i = 0; i < n; i++) { snprintf(b, 24, "actor-%ld", i); __asm__ volatile("" ::"r"(b) : "memory"); } res_val("snprintf_name_ns", (double)(cpu_ns() - c) / n, "ns");
  fflush(stdout); _exit(0); }
int main(int argc, char **argv) {
  int t = atoi(argv[1]); const char *b = argv[2]; long A[3] = { 0, 0, 0 }; for (int i = 0; i < 3 && i + 3 < argc; i++) A[i] = atol(argv[i + 3]);
  (void)argc; (void)reply; char nm[64];
  start(t); usleep(2000);
#define SP(x, f) actor *x = spawn(f)
#define KICK(x) send(x, new_msg(GO, NULL, 0))
  if (!strcmp(b, "pingpong")) { SP(o, f_pong); SP(p, f_ping); p->u[0] = (long)o; p->u[1] = A[0]; go(); KICK(p); end(b, 2.0 * A[0]); }
  else if (!strcmp(b, "ring")) { actor **v = malloc(A[0] * 8); for (long i = 0; i < A[0]; i++) v[i] = spawn(f_ring); for (long i = 0; i < A[0]; i++) v[i]->u[0] = (long)v[(i + 1) % A[0]]; go(); send(v[0], new_msg(PING, NULL, A[1])); end(b, A[1]); }
  else if (!strcmp(b, "count") || !strcmp(b, "countw")) { int w = b[5] == 'w'; SP(s, f_sink); s->u[0] = 0; s->u[1] = A[1]; actor *p[8]; for (int i = 0; i < A[0]; i++) { p[i] = spawn(w ? f_win : f_burst); p[i]->u[0] = (long)s; p[i]->u[1] = A[1] / A[0]; p[i]->u[2] = p[i]->u[3] = A[2]; } snprintf(nm, 64, "%s%ld", b, A[0]); go(); for (int i = 0; i < A[0]; i++) KICK(p[i]); end(nm, A[1]); }
  else if (!strcmp(b, "fjthr")) { av = malloc(A[0] * 8); total = A[0]; for (long i = 0; i < A[0]; i++) { av[i] = spawn(f_fj); av[i]->u[0] = 0; av[i]->u[1] = A[1]; } SP(d, f_fjdrv); d->u[0] = A[0]; d->u[1] = A[1]; go(); KICK(d); end(b, (double)A[0] * A[1]); }
  else if (!strcmp(b, "fjcreate") || !strcmp(b, "fjcreate64")) { total = A[0]; SP(d, b[8] ? f_create2 : f_create); d->u[0] = A[0]; go(); KICK(d); end(b, A[0]); }
  else if (!strcmp(b, "cham")) { SP(m, f_mall); memset(m->u, 0, sizeof m->u); m->u[1] = A[1]; m->u[2] = A[0]; go(); for (long i = 0; i < A[0]; i++) { SP(c, f_cham); c->u[0] = (long)m; c->u[1] = i % 3; c->u[2] = 0; KICK(c); } end(b, A[1]); }
  else if (!strcmp(b, "big")) { av = malloc(A[0] * 8); total = A[0]; for (long i = 0; i < A[0]; i++) { av[i] = spawn(f_big); av[i]->u[0] = i; av[i]->u[1] = 0; av[i]->u[2] = A[1]; } go(); for (long i = 0; i < A[0]; i++) KICK(av[i]); end(b, 2.0 * A[0] * A[1]); }
  else if (!strcmp(b, "mem")) { long r0 = rss_bytes(); total = A[0]; go(); for (long i = 0; i < A[0]; i++) { SP(x, f_idle); x->stop = s_idle; } w1 = now_ns(); c1 = cpu_ns(); usleep(200000); long r1 = rss_bytes();
    snprintf(nm, 64, "mem%ld", A[0]); res_val(nm, (double)(r1 - r0) / A[0], "B_rss"); snprintf(nm, 64, "spawnidle%ld", A[0]); res_rate(nm, A[0], w1 - w0, c1 - c0);
    uint64_t s0 = now_ns(); atomic_store(&do_stop, true); atomic_store(&quit, true); wake_all(); for (int i = 0; i < t; i++) pthread_join(W[i].th, NULL);
    uint64_t s1 = now_ns(); if (atomic_load(&cnt) != total) { fprintf(stderr, "stop hooks %ld\n", atomic_load(&cnt)); return 1; } snprintf(nm, 64, "stop%ld", A[0]); res_val(nm, (s1 - s0) / 1e6, "ms"); return 0; }
  else if (!strcmp(b, "named")) { named(A[0]); }
  else if (!strcmp(b, "ask")) { SP(e, f_echo); if (getenv("ASK_SPIN")) ask_spin = atoi(getenv("ASK_SPIN")); uint64_t *l = malloc(A[0] * 8); for (int i = 0; i < 1000; i++) ask(e); for (long i = 0; i < A[0]; i++) { uint64_t q = now_ns(); ask(e); l[i] = now_ns() - q; } res_lat("ask", l, A[0]); go(); for (long i = 0; i < A[0]; i++) ask(e); w1 = now_ns(); c1 = cpu_ns(); atomic_store(&fin, 1); end("ask_rate", A[0]); }
  fflush(stdout); _exit(0);
}
