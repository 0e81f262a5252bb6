// The loop of updates: examples of an update, loss and gradient, the optimizer's step, a row of
// the log, documents saved.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/num.h"
#include "mc/parameter_groups.h"
#include "mc/train.h"

// --- preparing

// The optimizer; embeddings are updated by rows, as the batches touch them.
static int make_optim(struct mc_training *t, struct mc_error *e) {
    struct mc_table *moved = t->trained.table;
    bool *read = mc_new((size_t)t->m->table.n, sizeof *read, e);
    bool *by_rows = mc_new((size_t)moved->n, sizeof *by_rows, e);
    int rc = read && by_rows ? 0 : MC_ERR_MEM;
    for (int i = 0; rc == 0 && i < t->view.table.n; i++)
        if (t->view.stored[i] >= 0) read[t->view.stored[i]] = mc_plan_by_rows(&t->plan, i);
    if (rc == 0) {
        rc = mc_trainable_rows(&t->trained, read, by_rows, e);
    }
    if (rc == 0) {
        rc = mc_optim_init(&t->optim, t->r->optimizer, moved, NULL, by_rows, e);
    }
    free(read);
    free(by_rows);
    t->optim.weight_decay = t->r->weight_decay;
    t->optim.clip = t->r->clip;
    t->optim.scale = t->r->scale_rates;
    return rc;
}

// What the loss does not reach, as a pooler beside a masked language model, neither moves nor
// decays.
static void hold_unread(struct mc_training *t) {
    struct mc_trainable *trained = &t->trained;
    for (int i = 0; i < t->view.table.n; i++) {
        if (t->view.stored[i] < 0 || mc_plan_reads(&t->plan, i)) continue;
        for (int k = 0, j; (j = trained->cls->by_rows(trained, t->view.stored[i], k)) >= 0; k++)
            trained->table->p[j].rate = 0;
    }
}

// What the optimizer moves.
static int open_trained(struct mc_training *t, struct mc_error *e) {
    t->trained = (struct mc_trainable){.cls = t->trainable,
                                       .source = t->trainable_source,
                                       .m = t->m,
                                       .method = &t->method,
                                       .new_delta = t->new_delta,
                                       .seed = t->seed_init,
                                       .n_batches = t->r->accum,
                                       .optim = &t->optim};
    MC_TRY(mc_trainable_open(&t->trained, e));
    if (t->r->layer_decay > 0)
        mc_parameter_groups_by_layer(t->trained.table, &t->m->config, t->r->layer_decay);
    hold_unread(t);
    return mc_parameter_groups_no_decay(t->trained.table, t->r->no_decay, t->r->n_no_decay, e);
}

static int make_plan(struct mc_training *t, struct mc_error *e) {
    MC_TRY(mc_view_init(&t->view, t->m, e));
    MC_TRY(mc_method_of(&t->method, t->m, e));
    return mc_method_plan(&t->method, t->m, &t->view, t->batches.objective->readout, MC_TO_TRAIN,
                          t->r->dropout, t->r->precision, &t->plan, e);
}

// Weights and gradients by slot: those of frozen tensors have none.
static int bind(struct mc_training *t, struct mc_error *e) {
    float **g = mc_new((size_t)t->view.table.n, sizeof *g, e);
    if (!g) return MC_ERR_MEM;
    for (int i = 0; i < t->view.table.n; i++)
        if (t->view.stored[i] >= 0) g[i] = t->trained.seen + t->m->table.p[t->view.stored[i]].at;
    mc_run_bind(t->run, t->view.w, g);
    free(g);
    return 0;
}

static int open_batches(struct mc_training *t, struct mc_error *e) {
    struct mc_batches *b = &t->batches;
    if (!b->objective) b->objective = mc_objective_of(t->m);
    b->m = t->m;
    b->subset = t->r->subset;
    b->n_subset = t->r->n_subset;
    b->size = t->r->batch * t->r->accum;
    b->seed = t->r->seed_order;
    if (b->set) MC_TRY(mc_tokens_match(b->set, b->name, b->objective, t->m, e));
    // now, not after an epoch
    if (t->dev) MC_TRY(mc_task_match(t->dev, b->objective, t->m, e));
    MC_TRY(b->objective->open(b, e));
    mc_recipe_steps(t->r, b->n, &t->per_epoch, &t->total);
    t->warmup = (int64_t)ceil(t->r->warmup * (double)t->total);
    if (t->dev && t->choose_every && !mc_task_has_gold(t->dev))
        return mc_fail(e, MC_ERR_INPUT, "%s: no labels to choose by", t->dev->name);
    return 0;
}

int mc_training_init(struct mc_training *t, struct mc_error *e) {
    MC_TRY(open_batches(t, e));
    MC_TRY(make_plan(t, e));
    MC_TRY(open_trained(t, e));
    MC_TRY(make_optim(t, e));
    t->last_loss = NAN;
    t->last_dev = mc_no_metrics;
    const struct mc_batches *b = &t->batches;
    t->position = mc_new((size_t)b->max_len, sizeof *t->position, e);
    t->loss = mc_new((size_t)(b->size < b->n ? b->size : b->n), sizeof *t->loss, e);
    if (t->trained.passes) t->pick = mc_new((size_t)t->r->batch, sizeof *t->pick, e);
    if (t->dev && t->choose_every) t->best = mc_new_floats(t->trained.table->size, e);
    t->run = mc_run_new(&t->plan, t->pool, e);
    mc_evaluator_init(&t->eval, t->pool, t->r->precision);
    if (!t->position || !t->loss || !t->run || (t->trained.passes && !t->pick) ||
        (t->dev && t->choose_every && !t->best))
        return MC_ERR_MEM;
    for (int f = 0; f < MC_FEEDS; f++) {
        int slot = mc_plan_embedding(&t->plan, (enum mc_feed)f);
        t->embedding[f] = slot < 0 ? -1 : t->view.stored[slot];
    }
    if (t->dynamics) MC_TRY(mc_training_dynamics_open(t, e));
    return bind(t, e);
}

void mc_training_release(struct mc_training *t) {
    mc_optim_release(&t->optim);
    mc_buf_release(&t->log_text);
    mc_training_dynamics_close(t);
    mc_run_free(t->run);
    mc_plan_release(&t->plan);
    mc_trainable_close(&t->trained);
    mc_method_release(&t->method);
    mc_view_release(&t->view);
    mc_evaluator_release(&t->eval);
    mc_scores_release(&t->scores);
    if (t->batches.objective) t->batches.objective->close(&t->batches);
    free(t->position);
    free(t->pick);
    free(t->loss);
    mc_free_floats(t->best);
}

// --- training

struct done { // what the table tells of an update
    struct mc_update u;
    int64_t n_passes;
    double loss, lr, norm;
};

static int touch(struct mc_training *t, enum mc_feed feed, int64_t row, struct mc_error *e) {
    return mc_trainable_touch(&t->trained, t->embedding[feed], row, e);
}

// Which rows of the embeddings the sequences of a batch read.
static int touch_rows(struct mc_training *t, const struct mc_batch *b, struct mc_error *e) {
    for (int i = 0; i < b->n; i++) {
        int64_t example = b->pick ? b->pick[i] : i;
        int64_t from = b->offset[example], to = b->offset[example + 1];
        mc_plan_positions(&t->plan, b->ids + from, (int)(to - from), t->position);
        for (int64_t k = from; k < to; k++) {
            MC_TRY(touch(t, MC_FEED_IDS, b->ids[k], e));
            MC_TRY(touch(t, MC_FEED_POSITIONS, t->position[k - from], e));
            MC_TRY(touch(t, MC_FEED_TYPES, b->types[k], e));
        }
        if (!b->target_ids) continue;
        MC_TRY(touch(t, MC_FEED_TARGETS, t->plan.start_id, e));
        for (int64_t k = b->target_offset[example]; k + 1 < b->target_offset[example + 1]; k++)
            MC_TRY(touch(t, MC_FEED_TARGETS, b->target_ids[k], e));
    }
    return 0;
}

static double sum_losses(const struct mc_training *t, const struct mc_batch *b) {
    double sum = 0;
    for (int i = 0; i < b->n; i++) {
        int64_t terms = mc_batch_terms(b, i);
        if (terms) sum += t->loss[i] * (double)terms;
    }
    return sum;
}

// The examples of a pass: those of one batch of the update, or of all.
static struct mc_batch examples_of(struct mc_training *t, const struct mc_batch *all,
                                   const struct mc_pass *at) {
    struct mc_batch b = *all;
    if (!t->trained.passes) return b;
    int64_t size = t->r->batch, from = at->number / t->trained.passes * size;
    b.n = (int)(all->n - from < size ? all->n - from : size);
    for (int i = 0; i < b.n; i++) t->pick[i] = all->pick ? all->pick[from + i] : from + i;
    b.pick = t->pick;
    return b;
}

// One pass of an update: its losses, added up, and their gradient.
static int pass(struct mc_training *t, const struct mc_update *u, const struct mc_pass *at,
                double *sum, struct mc_error *e) {
    struct mc_trainable *trained = &t->trained;
    const struct mc_batch b = examples_of(t, &u->batch, at);
    const struct mc_result out = {.loss = t->loss};
    int64_t most = trained->passes ? trained->passes * t->r->accum : 1; // passes of an update
    MC_TRY(mc_trainable_forward(trained, t->pool, at, e));
    const struct mc_step s = {.weight = trained->share / (double)u->terms /
                                        (trained->passes ? trained->passes : 1),
                              .seed = t->r->seed_dropout,
                              .step = (uint32_t)(at->step * most + at->number),
                              .add = trained->in_grad && at->number > 0};
    mc_run_weights_changed(t->run);
    MC_TRY(mc_run_batch(t->run, &b, &s, &out, e));
    MC_TRY(mc_trainable_backward(trained, t->pool, at, e));
    *sum += sum_losses(t, &b);
    return 0;
}

static int update(struct mc_training *t, struct done *d, struct mc_error *e) {
    struct mc_trainable *trained = &t->trained;
    MC_TRY(t->batches.objective->next(&t->batches, t->step, &d->u, e));
    if (t->seen) MC_TRY(t->seen(t->seen_ctx, t->step, &d->u, e));
    int64_t each = trained->passes, batches = (d->u.batch.n + t->r->batch - 1) / t->r->batch;
    struct mc_pass at = {.step = t->step, .n = each ? each * batches : 1};
    double sum = 0;
    MC_TRY(touch_rows(t, &d->u.batch, e));
    mc_trainable_ready(trained, t->pool);
    for (; at.number < at.n; at.number++) MC_TRY(pass(t, &d->u, &at, &sum, e));
    d->n_passes = at.n;
    d->loss = sum / (double)d->u.terms / (double)(each ? each : 1);
    if (each) d->u.tokens *= each;
    d->lr = t->r->rates_by_step && t->r->optimizer->rate
                ? t->r->optimizer->rate(t->step + 1)
                : t->r->lr * mc_schedule_factor(t->r->schedule, t->step, t->total, t->warmup);
    d->norm = mc_optim_norm(&t->optim, t->pool, trained->grad);
    if (!isfinite(d->loss) || !isfinite(d->norm))
        return mc_fail(e, MC_ERR_NUM, "step %lld: the %s is not finite", (long long)t->step + 1,
                       isfinite(d->loss) ? "gradient" : "loss");
    mc_optim_update(&t->optim, t->pool, d->lr, d->norm, trained->grad, trained->w);
    t->step++;
    return 0;
}

static int catch_up(struct mc_training *t, struct mc_error *e) {
    return mc_trainable_catch_up(&t->trained, t->pool, 0, e);
}

// The weights now are those that will be saved if none are better.
static void choose(struct mc_training *t, double loss) {
    if (t->step > 0 && !(loss < t->best_loss)) return;
    memcpy(t->best, t->trained.w, t->trained.table->size * sizeof *t->best);
    t->best_step = t->step;
    t->best_loss = loss;
}

static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool saves_now(const struct mc_training *t) {
    return t->step == t->total ||
           (t->n_save_at &&
            bsearch(&t->step, t->save_at, (size_t)t->n_save_at, sizeof t->step, by_number));
}

static bool looks_now(const struct mc_training *t) {
    int64_t every = t->choose_every ? t->choose_every : t->look_every;
    if (!every && !t->batches.set) return saves_now(t);
    return t->step % (every ? every : t->per_epoch) == 0 || t->step == t->total;
}

// The means over all looks.
static int dev_scores(struct mc_training *t, struct mc_metrics *m, struct mc_error *e) {
    *m = mc_no_metrics;
    int looks = t->trained.looks;
    if (!t->dev || !looks_now(t)) return 0;
    for (int k = 0; k < looks; k++) {
        struct mc_metrics one;
        MC_TRY(mc_trainable_catch_up(&t->trained, t->pool, k, e));
        MC_TRY(mc_evaluate_all(&t->eval, t->batches.objective, t->m, t->dev, &t->scores, NULL, NULL,
                               &one, e));
        for (int i = 0; k > 0 && i < one.n; i++) one.v[i] += m->v[i];
        *m = one;
    }
    for (int i = 0; looks > 1 && i < m->n; i++) m->v[i] /= looks;
    if (t->best) choose(t, mc_metrics_value(m, mc_metric_loss.name));
    return 0;
}

static int log_row(struct mc_training *t, const struct done *d, double seconds, double all_s,
                   struct mc_error *e) {
    struct mc_metrics dev;
    MC_TRY(dev_scores(t, &dev, e));
    t->last_loss = d->loss;
    t->last_dev = dev;
    const struct mc_training_row row = {
        .step = t->step,
        .epoch = d->u.epoch + 1,
        .loss = d->loss,
        .lr = d->lr,
        .grad_norm = d->norm,
        .tokens_per_s = seconds > 0 ? (double)d->u.tokens / seconds : (double)NAN,
        .seconds = all_s,
        .dev_loss = mc_metrics_value(&dev, mc_metric_loss.name),
        .dev_accuracy = mc_metrics_value(&dev, mc_metric_accuracy.name)};
    size_t at = t->log_text.n;
    MC_TRY(mc_training_log_row(&t->log_text, &row, &t->trained, d->n_passes, e));
    if (!t->table) return 0;
    MC_TRY(mc_out_write(t->table, t->log_text.p + at, t->log_text.n - at, e));
    return mc_out_flush(t->table, e);
}

// An update can overflow a weight without the loss before it having been wrong.
static int check_weights(const struct mc_training *t, const struct mc_table *table, const float *w,
                         struct mc_error *e) {
    for (int i = 0; i < table->n; i++) {
        const struct mc_param *p = &table->p[i];
        if (!isfinite(mc_kern_choose()->sum_sq(p->n, w + p->at)))
            return mc_fail(e, MC_ERR_NUM, "step %lld: tensor %s is not finite", (long long)t->step,
                           p->name);
    }
    return 0;
}

static int look_at_examples(struct mc_training *t, struct mc_error *e) {
    if (!t->dynamics || t->step % t->per_epoch) return 0;
    MC_TRY(catch_up(t, e));
    return mc_training_dynamics_add(t, e);
}

// Hands out the weights after this update, or, of the last one, those that were chosen.
static int save(struct mc_training *t, struct mc_error *e) {
    bool chosen = t->best && t->step == t->total;
    if (chosen) {
        MC_TRY(catch_up(t, e)); // before w is set: no row is to wait
        memcpy(t->trained.w, t->best, t->trained.table->size * sizeof *t->best);
    }
    MC_TRY(catch_up(t, e));
    if (t->step > 0) {
        MC_TRY(check_weights(t, &t->m->table, t->m->w, e));
        if (t->trained.w != t->m->w) MC_TRY(check_weights(t, t->trained.table, t->trained.w, e));
    }
    return t->save(t->save_ctx, t->m, chosen ? t->best_step : t->step, e);
}

struct pace { // of checkpoints
    double written_s, took_s;
};

// Writing is to cost little: a checkpoint by time waits for a multiple of what the last one took.
static bool checkpoint_due(const struct mc_training *t, const struct pace *p) {
    enum { LEAST = 50 };
    if (!t->checkpoint || t->step == t->total) return false;
    if (t->checkpoint_every && t->step % t->checkpoint_every == 0) return true;
    double wait = p->took_s * LEAST;
    if (wait < t->checkpoint_s) wait = t->checkpoint_s;
    return t->checkpoint_s > 0 && mc_now_s() - p->written_s >= wait;
}

static int write_checkpoint(struct mc_training *t, struct pace *p, struct mc_error *e) {
    double start = mc_now_s();
    MC_TRY(catch_up(t, e));
    MC_TRY(t->checkpoint(t->checkpoint_ctx, t->m, t->step, e));
    p->written_s = mc_now_s();
    p->took_s = p->written_s - start;
    return 0;
}

int mc_training_run(struct mc_training *t, struct mc_error *e) {
    struct mc_progress bar;
    mc_progress_init(&bar, t->log, "steps", t->total);
    struct pace pace = {.written_s = mc_now_s()};
    t->start_s = pace.written_s - t->spent_s;
    if (t->table && t->log_text.n) MC_TRY(mc_out_write(t->table, t->log_text.p, t->log_text.n, e));
    struct mc_metrics first; // is not in the table
    if (t->step == 0 && t->choose_every) MC_TRY(dev_scores(t, &first, e));
    if (t->step == 0 && saves_now(t)) MC_TRY(save(t, e));
    while (t->step < t->total) {
        struct done d;
        char text[64], num[MC_NUM_TEXT];
        double before = mc_now_s();
        MC_TRY(update(t, &d, e));
        MC_TRY(log_row(t, &d, mc_now_s() - before, mc_now_s() - t->start_s, e));
        MC_TRY(look_at_examples(t, e));
        if (saves_now(t)) MC_TRY(save(t, e));
        if (checkpoint_due(t, &pace)) MC_TRY(write_checkpoint(t, &pace, e));
        snprintf(text, sizeof text, "loss %.8s, %.0f tokens/s", mc_num_text(d.loss, num),
                 (double)d.u.tokens / fmax(mc_now_s() - before, 1e-9));
        mc_progress_at(&bar, t->step, text);
    }
    mc_progress_end(&bar);
    return 0;
}
