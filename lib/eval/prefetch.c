// A thread that reads the next model while this one is evaluated.
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "mc/eval.h"

struct mc_prefetch {
    struct mc_models *source;
    struct mc_model *next, *given; // what the thread has read; what the caller was given last
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool started, wanted, done; // wanted: the thread should read; done: it has
    atomic_bool stop;           // ends waiting, for work and for input
    int rc;
    struct mc_error error;
};

static void *reader_main(void *arg) {
    struct mc_prefetch *p = arg;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (!p->wanted && !p->stop) pthread_cond_wait(&p->change, &p->lock);
        if (p->stop) break;
        p->wanted = false;
        pthread_mutex_unlock(&p->lock);
        struct mc_model *next;
        int rc = mc_models_next(p->source, &next, &p->error);
        pthread_mutex_lock(&p->lock);
        p->rc = rc;
        p->next = next;
        p->done = true;
        pthread_cond_signal(&p->change);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct mc_prefetch *mc_prefetch_new(struct mc_models *source, struct mc_error *e) {
    struct mc_prefetch *p = mc_new(1, sizeof *p, e);
    if (!p) return NULL;
    p->source = source;
    p->wanted = true;
    source->stop = &p->stop;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->change, NULL);
    p->started = pthread_create(&p->thread, NULL, reader_main, p) == 0;
    if (p->started) return p;
    mc_fail(e, MC_ERR_MEM, "cannot start a thread");
    mc_prefetch_free(p);
    return NULL;
}

int mc_prefetch_next(struct mc_prefetch *p, struct mc_model **m, struct mc_error *e) {
    pthread_mutex_lock(&p->lock);
    while (!p->done) pthread_cond_wait(&p->change, &p->lock);
    int rc = p->rc;
    if (rc < 0) *e = p->error;
    mc_model_drop(p->given); // while the thread waits: it looks at who holds what
    *m = p->given = p->next;
    p->next = NULL;
    if (rc == 1) {
        p->done = false;
        p->wanted = true;
        pthread_cond_signal(&p->change);
    }
    pthread_mutex_unlock(&p->lock);
    return rc;
}

void mc_prefetch_free(struct mc_prefetch *p) {
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->stop, true);
    pthread_cond_signal(&p->change);
    pthread_mutex_unlock(&p->lock);
    if (p->started) pthread_join(p->thread, NULL);
    p->source->stop = NULL;
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->change);
    mc_model_drop(p->next);
    mc_model_drop(p->given);
    free(p);
}
