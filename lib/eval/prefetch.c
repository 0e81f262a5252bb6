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
    struct mc_prefetch *a = arg;
    pthread_mutex_lock(&a->lock);
    for (;;) {
        while (!a->wanted && !a->stop) pthread_cond_wait(&a->change, &a->lock);
        if (a->stop) break;
        a->wanted = false;
        pthread_mutex_unlock(&a->lock);
        struct mc_model *next;
        int rc = mc_models_next(a->source, &next, &a->error);
        pthread_mutex_lock(&a->lock);
        a->rc = rc;
        a->next = next;
        a->done = true;
        pthread_cond_signal(&a->change);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

struct mc_prefetch *mc_prefetch_new(struct mc_models *source, struct mc_error *e) {
    struct mc_prefetch *a = mc_new(1, sizeof *a, e);
    if (!a) return NULL;
    a->source = source;
    a->wanted = true;
    source->stop = &a->stop;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->change, NULL);
    a->started = pthread_create(&a->thread, NULL, reader_main, a) == 0;
    if (a->started) return a;
    mc_fail(e, MC_ERR_MEM, "cannot start a thread");
    mc_prefetch_free(a);
    return NULL;
}

int mc_prefetch_next(struct mc_prefetch *a, struct mc_model **m, struct mc_error *e) {
    pthread_mutex_lock(&a->lock);
    while (!a->done) pthread_cond_wait(&a->change, &a->lock);
    int rc = a->rc;
    if (rc < 0) *e = a->error;
    mc_model_drop(a->given); // while the thread waits: it looks at who holds what
    *m = a->given = a->next;
    a->next = NULL;
    if (rc == 1) {
        a->done = false;
        a->wanted = true;
        pthread_cond_signal(&a->change);
    }
    pthread_mutex_unlock(&a->lock);
    return rc;
}

void mc_prefetch_free(struct mc_prefetch *a) {
    if (!a) return;
    pthread_mutex_lock(&a->lock);
    atomic_store(&a->stop, true);
    pthread_cond_signal(&a->change);
    pthread_mutex_unlock(&a->lock);
    if (a->started) pthread_join(a->thread, NULL);
    a->source->stop = NULL;
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->change);
    mc_model_drop(a->next);
    mc_model_drop(a->given);
    free(a);
}
