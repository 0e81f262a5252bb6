// A pool of threads that block while they have nothing to do (a spinning one starves its neighbours
// in a pipe).
#ifndef MC_POOL_H
#define MC_POOL_H

#include "mc/err.h"

struct mc_pool;

// n >= 1 threads, the caller included. MC_ERR_MEM: a thread cannot be started.
struct mc_pool *mc_pool_new(int n_threads, struct mc_error *e);
// Ends the threads; NULL is fine.
void mc_pool_free(struct mc_pool *p);
// Threads of the pool, the caller included.
int mc_pool_threads(const struct mc_pool *p);

// fn(ctx, task, thread) for every task of 0..n-1, each once, in any order, on threads
// 0..n_threads-1; returns when all are done. One call at a time per pool; NULL: the calling thread
// alone. What a task computes must not depend on the thread.
typedef void mc_task_fn(void *ctx, int task, int thread);
void mc_pool_run(struct mc_pool *p, int n_tasks, mc_task_fn *fn, void *ctx);

// The processors this process may use: of its affinity mask, and of the quota of its control group,
// rounded up.
int mc_processors(void);
// The processors that the quota alone allows, from a file such as /proc/self/cgroup and the place
// where groups are mounted; INT_MAX where no group is bounded.
int mc_quota_processors(const char *groups, const char *mount);

#endif
