// A pool of threads that block while they have nothing to do.
#include "mc/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct mc_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake, idle;
    pthread_t *thread; // n_threads - 1 of them; the caller is thread 0
    int n_threads, n_started;
    unsigned long round; // counts calls of run
    int busy;            // helpers still in this round
    bool stop;
    mc_task_fn *fn;
    void *ctx;
    int n_tasks;
    atomic_int next;
};

struct helper {
    struct mc_pool *pool;
    int index;
};

static void take_tasks(struct mc_pool *p, int thread) {
    for (;;) {
        int t = atomic_fetch_add(&p->next, 1);
        if (t >= p->n_tasks) return;
        p->fn(p->ctx, t, thread);
    }
}

static void *helper_main(void *arg) {
    struct helper h = *(struct helper *)arg;
    free(arg);
    struct mc_pool *p = h.pool;
    unsigned long seen = 0;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->round == seen && !p->stop) pthread_cond_wait(&p->wake, &p->lock);
        if (p->stop) break;
        seen = p->round;
        pthread_mutex_unlock(&p->lock);
        take_tasks(p, h.index);
        pthread_mutex_lock(&p->lock);
        if (--p->busy == 0) pthread_cond_signal(&p->idle);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct mc_pool *mc_pool_new(int n_threads, struct mc_error *e) {
    struct mc_pool *p = mc_new(1, sizeof *p, e);
    if (!p) return NULL;
    p->n_threads = n_threads;
    p->thread = mc_new((size_t)n_threads, sizeof *p->thread, e);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->idle, NULL);
    if (!p->thread) goto fail;
    for (int i = 1; i < n_threads; i++) {
        struct helper *h = mc_new(1, sizeof *h, e);
        if (!h) goto fail;
        *h = (struct helper){p, i};
        int err = pthread_create(&p->thread[p->n_started], NULL, helper_main, h);
        if (err) {
            free(h);
            mc_fail(e, MC_ERR_MEM, "cannot start thread %d of %d", i + 1, n_threads);
            goto fail;
        }
        p->n_started++;
    }
    return p;
fail:
    mc_pool_free(p);
    return NULL;
}

void mc_pool_free(struct mc_pool *p) {
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->n_started; i++) pthread_join(p->thread[i], NULL);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->wake);
    pthread_cond_destroy(&p->idle);
    free(p->thread);
    free(p);
}

int mc_pool_threads(const struct mc_pool *p) { return p->n_threads; }

void mc_pool_run(struct mc_pool *p, int n_tasks, mc_task_fn *fn, void *ctx) {
    if (!p || p->n_started == 0 || n_tasks <= 1) {
        for (int t = 0; t < n_tasks; t++) fn(ctx, t, 0);
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->fn = fn;
    p->ctx = ctx;
    p->n_tasks = n_tasks;
    atomic_store(&p->next, 0);
    p->busy = p->n_started;
    p->round++;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    take_tasks(p, 0);
    pthread_mutex_lock(&p->lock);
    while (p->busy) pthread_cond_wait(&p->idle, &p->lock);
    pthread_mutex_unlock(&p->lock);
}
