// A thread that reads the next model while this one is evaluated: two models in turn.
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "mc/eval.h"

struct mc_ahead {
    struct mc_models *source;
    struct mc_model model[2];
    int reading; // the one the thread fills
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool started, wanted, done, stop; // wanted: the thread should read; done: it has
    int give_up[2]; // a pipe: a byte in it ends waiting for input
    int rc;
    struct mc_error error;
};

static void *reader_main(void *arg) {
    struct mc_ahead *a = arg;
    pthread_mutex_lock(&a->lock);
    for (;;) {
        while (!a->wanted && !a->stop) pthread_cond_wait(&a->change, &a->lock);
        if (a->stop) break;
        a->wanted = false;
        pthread_mutex_unlock(&a->lock);
        int rc = mc_models_next(a->source, &a->model[a->reading], &a->error);
        pthread_mutex_lock(&a->lock);
        a->rc = rc;
        a->done = true;
        pthread_cond_signal(&a->change);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

struct mc_ahead *mc_ahead_new(struct mc_models *source, struct mc_error *e) {
    struct mc_ahead *a = mc_new(1, sizeof *a, e);
    if (!a) return NULL;
    a->source = source;
    a->wanted = true;
    if (pipe(a->give_up) != 0) {
        mc_fail_errno(e, "cannot make a pipe");
        free(a);
        return NULL;
    }
    source->stop_fd = a->give_up[0];
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->change, NULL);
    a->started = pthread_create(&a->thread, NULL, reader_main, a) == 0;
    if (a->started) return a;
    mc_fail(e, MC_ERR_MEM, "cannot start a thread");
    mc_ahead_free(a);
    return NULL;
}

int mc_ahead_next(struct mc_ahead *a, struct mc_model **m, struct mc_error *e) {
    pthread_mutex_lock(&a->lock);
    while (!a->done) pthread_cond_wait(&a->change, &a->lock);
    int rc = a->rc;
    if (rc < 0) *e = a->error;
    *m = &a->model[a->reading];
    if (rc == 1) {
        a->done = false;
        a->wanted = true;
        a->reading = !a->reading;
        pthread_cond_signal(&a->change);
    }
    pthread_mutex_unlock(&a->lock);
    return rc;
}

void mc_ahead_free(struct mc_ahead *a) {
    if (!a) return;
    pthread_mutex_lock(&a->lock);
    a->stop = true;
    pthread_cond_signal(&a->change);
    pthread_mutex_unlock(&a->lock);
    (void)!write(a->give_up[1], "", 1);
    if (a->started) pthread_join(a->thread, NULL);
    close(a->give_up[0]);
    close(a->give_up[1]);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->change);
    mc_model_release(&a->model[0]);
    mc_model_release(&a->model[1]);
    free(a);
}
