// The tables of mc-eval: a row a model and task, a row an example, what was written.
#include "mc/report.h"

#include <math.h>
#include <string.h>

#include "mc/json.h"
#include "mc/num.h"
#include "mc/utf8.h"

// A member of mc.curve that becomes a cell of a table: a digest, or the name of a group.
static bool read_text(const json_t *curve, const char *member, bool digest, size_t room,
                      char *out) {
    static const char hex[] = "0123456789abcdef";
    const json_t *o = json_object_get(curve, member);
    const char *text = json_string_value(o);
    if (!text) return !o;
    size_t n = strlen(text);
    if (n >= room || (digest ? text[strspn(text, hex)] != 0 : !mc_utf8_name(text, n))) return false;
    strcpy(out, text);
    return true;
}

// One that is a number.
static bool read_real(const json_t *curve, const char *member, double *out) {
    const json_t *o = json_object_get(curve, member);
    if (json_is_number(o)) *out = json_number_value(o);
    return !o || json_is_number(o);
}

static int read_curve(const char *text, struct mc_point *p, struct mc_error *e) {
    json_error_t je;
    json_t *o;
    if (mc_json_load(&o, text, strlen(text), 0, MC_JSON_CURVE, &je, e) == MC_ERR_MEM)
        return MC_ERR_MEM;
    bool ok = json_is_object(o) && read_text(o, "kind", false, sizeof p->kind, p->kind) &&
              read_text(o, "from", true, sizeof p->from, p->from) &&
              read_text(o, "to", true, sizeof p->to, p->to) &&
              read_text(o, "group", false, sizeof p->group, p->group) && read_real(o, "x", &p->x) &&
              read_real(o, "y", &p->y) && read_real(o, "s", &p->s);
    json_decref(o);
    return ok ? 0 : mc_fail(e, MC_ERR_INPUT, "mc.curve is damaged");
}

int64_t mc_point_count(const struct mc_model *m) {
    const char *curve = mc_doc_get(&m->meta, "mc.curve");
    json_error_t je;
    struct mc_error none;
    json_t *o;
    if (!curve || mc_json_load(&o, curve, strlen(curve), 0, MC_JSON_CURVE, &je, &none) < 0)
        return 0;
    int64_t n = json_integer_value(json_object_get(o, "count"));
    json_decref(o);
    return n;
}

int mc_point_of(const struct mc_model *m, int64_t index, struct mc_point *p, struct mc_error *e) {
    *p = (struct mc_point){.index = index, .t = NAN, .step = NAN, .x = NAN, .y = NAN, .s = NAN};
    const char *t = mc_doc_get(&m->meta, "mc.t"), *step = mc_doc_get(&m->meta, "mc.step");
    const char *curve = mc_doc_get(&m->meta, "mc.curve");
    if (t && !mc_parse_f64(t, &p->t)) return mc_fail(e, MC_ERR_INPUT, "mc.t '%s' is no number", t);
    if (step && !mc_parse_f64(step, &p->step))
        return mc_fail(e, MC_ERR_INPUT, "mc.step '%s' is no number", step);
    return curve ? read_curve(curve, p, e) : 0;
}

// --- columns

// A row of any of the three tables. Texts are borrowed.
struct row {
    int64_t point, n, example;
    double t, step, x, y, s, p_label, score, target;
    const char *task, *from, *to, *group, *label, *predicted, *ids, *text;
    double metric[MC_METRICS_MAX];
};

#define FIELD(f) offsetof(struct row, f)
const struct mc_column mc_report_columns[MC_REPORT_COLUMNS] = {
    [MC_REPORT_POINT] = {"point", MC_CELL_WHOLE, FIELD(point)},
    [MC_REPORT_T] = {"t", MC_CELL_REAL, FIELD(t)},
    [MC_REPORT_TASK] = {"task", MC_CELL_TEXT, FIELD(task)},
    [MC_REPORT_N] = {"n", MC_CELL_WHOLE, FIELD(n)},
    [MC_REPORT_FROM] = {"from", MC_CELL_TEXT, FIELD(from)},
    [MC_REPORT_TO] = {"to", MC_CELL_TEXT, FIELD(to)},
    [MC_REPORT_STEP] = {"step", MC_CELL_REAL, FIELD(step)},
    [MC_REPORT_X] = {"x", MC_CELL_REAL, FIELD(x)},
    [MC_REPORT_Y] = {"y", MC_CELL_REAL, FIELD(y)},
    [MC_REPORT_S] = {"s", MC_CELL_REAL, FIELD(s)},
    [MC_REPORT_GROUP] = {"group", MC_CELL_TEXT, FIELD(group)},
    [MC_REPORT_EXAMPLE] = {"example", MC_CELL_WHOLE, FIELD(example)},
    [MC_REPORT_LABEL] = {"label", MC_CELL_TEXT, FIELD(label)},
    [MC_REPORT_PREDICTED] = {"predicted", MC_CELL_TEXT, FIELD(predicted)},
    [MC_REPORT_P_LABEL] = {"p_label", MC_CELL_REAL, FIELD(p_label)},
    [MC_REPORT_SCORE] = {"score", MC_CELL_REAL, FIELD(score)},
    [MC_REPORT_TARGET] = {"target", MC_CELL_REAL, FIELD(target)},
    [MC_REPORT_IDS] = {"ids", MC_CELL_TEXT, FIELD(ids)},
    [MC_REPORT_TEXT] = {"text", MC_CELL_TEXT, FIELD(text)},
};

// What a table shows: a metric, or a column of the list above.
struct shown {
    enum mc_report_column own;
    const struct mc_metric *metric;
};
static const struct shown TABLE[] = {{.own = MC_REPORT_POINT},
                                     {.own = MC_REPORT_T},
                                     {.own = MC_REPORT_TASK},
                                     {.own = MC_REPORT_N},
                                     {.metric = &mc_metric_loss},
                                     {.metric = &mc_metric_accuracy},
                                     {.metric = &mc_metric_f1_macro},
                                     {.metric = &mc_metric_mcc},
                                     {.own = MC_REPORT_FROM},
                                     {.own = MC_REPORT_TO},
                                     {.own = MC_REPORT_STEP},
                                     {.metric = &mc_metric_exact_match},
                                     {.metric = &mc_metric_token_f1},
                                     {.metric = &mc_metric_pearson},
                                     {.metric = &mc_metric_spearman},
                                     {.own = MC_REPORT_X},
                                     {.own = MC_REPORT_Y},
                                     {.own = MC_REPORT_S},
                                     {.own = MC_REPORT_GROUP},
                                     {.metric = &mc_metric_temperature},
                                     {.metric = &mc_metric_loss_cal},
                                     {.metric = &mc_metric_js_0}};
static const struct shown EACH[] = {
    {.own = MC_REPORT_POINT},        {.own = MC_REPORT_T},       {.own = MC_REPORT_TASK},
    {.own = MC_REPORT_EXAMPLE},      {.own = MC_REPORT_LABEL},   {.own = MC_REPORT_PREDICTED},
    {.metric = &mc_metric_loss},     {.own = MC_REPORT_P_LABEL}, {.metric = &mc_metric_exact_match},
    {.metric = &mc_metric_token_f1}, {.own = MC_REPORT_SCORE},   {.own = MC_REPORT_TARGET},
    {.metric = &mc_metric_loss_cal}};
static const struct shown OUTPUTS[] = {{.own = MC_REPORT_POINT}, {.own = MC_REPORT_T},
                                       {.own = MC_REPORT_TASK},  {.own = MC_REPORT_EXAMPLE},
                                       {.own = MC_REPORT_IDS},   {.own = MC_REPORT_TEXT}};
#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

struct columns {
    struct mc_column c[MC_REPORT_COLUMNS + MC_METRICS_MAX];
    int n;
};

static void add_metric(struct columns *to, int i) {
    to->c[to->n++] = (struct mc_column){mc_metrics[i]->name, MC_CELL_REAL,
                                        FIELD(metric) + (size_t)i * sizeof(double)};
}

static void add_columns(struct columns *to, const struct shown *list, int n) {
    for (int k = 0; k < n; k++) {
        if (!list[k].metric) to->c[to->n++] = mc_report_columns[list[k].own];
        for (int i = 0; list[k].metric && mc_metrics[i]; i++)
            if (mc_metrics[i] == list[k].metric) add_metric(to, i);
    }
}

// The metrics that a table shows but its list does not name come last.
static void add_others(struct columns *to, const struct shown *list, int n, bool each) {
    for (int i = 0; mc_metrics[i]; i++) {
        bool named = each && !mc_metrics[i]->each;
        for (int k = 0; k < n; k++) named |= list[k].metric == mc_metrics[i];
        if (!named) add_metric(to, i);
    }
}

static void table_columns(struct columns *c) {
    c->n = 0;
    add_columns(c, TABLE, COUNT(TABLE));
    add_others(c, TABLE, COUNT(TABLE), false);
}

static void each_columns(struct columns *c) {
    c->n = 0;
    add_columns(c, EACH, COUNT(EACH));
    add_others(c, EACH, COUNT(EACH), true);
}

static void outputs_columns(struct columns *c) {
    c->n = 0;
    add_columns(c, OUTPUTS, COUNT(OUTPUTS));
}

// A row of a table, between what stands before and behind it; row NULL: its header.
static int write_line(struct mc_out *o, const struct columns *c, const struct row *row,
                      const char *before, const char *behind, struct mc_error *e) {
    MC_TRY(mc_out_write(o, before, strlen(before), e));
    MC_TRY(mc_out_columns(o, c->c, c->n, row, e));
    return mc_out_write(o, behind, strlen(behind), e);
}

static struct row row_of(const struct mc_point *p, const struct mc_task *t) {
    return (struct row){.point = p->index,
                        .t = p->t,
                        .step = p->step,
                        .from = p->from,
                        .to = p->to,
                        .x = p->x,
                        .y = p->y,
                        .s = p->s,
                        .group = p->group,
                        .task = t->name,
                        .n = mc_task_count(t)};
}

// --- the table

int mc_report_head(struct mc_out *o, struct mc_error *e) {
    struct columns c;
    table_columns(&c);
    return write_line(o, &c, NULL, "", "", e);
}

int mc_report_row(struct mc_out *o, const struct mc_point *p, const struct mc_task *t,
                  const struct mc_metrics *m, struct mc_error *e) {
    struct columns c;
    struct row row = row_of(p, t);
    table_columns(&c);
    for (int i = 0; mc_metrics[i]; i++) row.metric[i] = i < m->n ? m->v[i] : (double)NAN;
    MC_TRY(write_line(o, &c, &row, "\n", "", e));
    return mc_out_flush(o, e);
}

int mc_report_end(struct mc_out *o, struct mc_error *e) { return mc_out_write(o, "\n", 1, e); }

// --- examples

int mc_report_each_head(struct mc_out *o, struct mc_error *e) {
    struct columns c;
    each_columns(&c);
    return write_line(o, &c, NULL, "", "\n", e);
}

static void fill_example(struct row *row, const struct mc_task *t, const struct mc_scores *s,
                         int64_t i) {
    int64_t ex = mc_task_example(t, i);
    row->example = mc_task_number(t, i);
    row->label = t->label && t->label[ex] >= 0 ? s->labels[t->label[ex]] : "";
    row->predicted = s->predicted[i] >= 0 ? s->labels[s->predicted[i]] : "";
    row->p_label = s->p_label[i];
    row->score = s->score[i];
    row->target = t->tokens.values ? t->tokens.values[ex] : (double)NAN;
    for (int k = 0; mc_metrics[k]; k++)
        if (mc_metrics[k]->each) row->metric[k] = mc_metrics[k]->each(s, t, i);
}

int mc_report_each(struct mc_out *o, const struct mc_point *p, const struct mc_task *t,
                   const struct mc_scores *s, struct mc_error *e) {
    struct columns c;
    struct row row = row_of(p, t);
    each_columns(&c);
    for (int64_t i = 0; i < s->n; i++) {
        fill_example(&row, t, s, i);
        MC_TRY(write_line(o, &c, &row, "", "\n", e));
    }
    return 0;
}

// --- what was written

int mc_report_outputs_head(struct mc_out *o, struct mc_error *e) {
    struct columns c;
    outputs_columns(&c);
    return write_line(o, &c, NULL, "", "\n", e);
}

// A text as a cell, from which it can be read back: what is escaped, and the backslash.
static int add_text(struct mc_buf *b, const char *s, struct mc_error *e) {
    for (; *s; s++) {
        size_t n = strcspn(s, "\\");
        struct mc_buf part = {0};
        int rc = mc_buf_add(&part, s, n, e);
        if (rc == 0) rc = mc_buf_cell(b, part.p, e);
        mc_buf_release(&part);
        MC_TRY(rc);
        s += n;
        if (!*s) break;
        MC_TRY(mc_buf_add(b, "\\\\", 2, e));
    }
    return mc_buf_add(b, "", 0, e);
}

int mc_report_outputs(struct mc_out *o, const struct mc_point *p, const struct mc_task *t,
                      int start_id, const struct mc_scores *s, struct mc_error *e) {
    struct columns c;
    struct row row = row_of(p, t);
    struct mc_buf ids = {0}, text = {0};
    const char *written = s->text.p;
    int rc = 0;
    outputs_columns(&c);
    for (int64_t i = 0; i < s->n; i++, written += strlen(written) + 1) {
        row.example = mc_task_number(t, i);
        ids.n = text.n = 0;
        MC_TRY_DONE(mc_buf_printf(&ids, e, "%d", start_id));
        for (int k = 0; k < s->len[i]; k++)
            MC_TRY_DONE(mc_buf_printf(&ids, e, " %d", s->ids[i * s->max_new + k]));
        MC_TRY_DONE(add_text(&text, written, e));
        row.ids = ids.p;
        row.text = text.p;
        MC_TRY_DONE(write_line(o, &c, &row, "", "\n", e));
    }
done:
    mc_buf_release(&ids);
    mc_buf_release(&text);
    return rc;
}

// --- all tables of a run

// What of the table somebody at a terminal reads; a column without values is left out.
static const struct mc_shown SHOWN[] = {
    {"point", 0},    {"t", 3},           {"x", 3},           {"y", 3},        {"group", 0},
    {"step", 0},     {"task", 0},        {"n", 0},           {"loss", 4},     {"accuracy", 4},
    {"f1_macro", 4}, {"mcc", 4},         {"exact_match", 4}, {"token_f1", 4}, {"pearson", 4},
    {"spearman", 4}, {"temperature", 4}, {"loss_cal", 4},    {"js_0", 4},     {NULL, 0}};

int mc_reports_open(struct mc_reports *r, const char *table, const char *each, const char *outputs,
                    struct mc_error *e) {
    MC_TRY(mc_out_open_table(&r->table, table, SHOWN, e));
    if (each) MC_TRY(mc_out_open(&r->each, each, e));
    if (outputs) MC_TRY(mc_out_open(&r->outputs, outputs, e));
    r->has_each = each;
    r->has_outputs = outputs;
    return 0;
}

static int begin(struct mc_reports *r, struct mc_error *e) {
    MC_TRY(mc_report_head(&r->table, e));
    if (r->has_each) MC_TRY(mc_report_each_head(&r->each, e));
    if (r->has_outputs) MC_TRY(mc_report_outputs_head(&r->outputs, e));
    r->begun = true;
    return 0;
}

int mc_reports_examples(struct mc_reports *r, const struct mc_point *p, const struct mc_task *t,
                        int start_id, const struct mc_scores *s, struct mc_error *e) {
    if (!r->begun) MC_TRY(begin(r, e));
    if (r->has_each) MC_TRY(mc_report_each(&r->each, p, t, s, e));
    return r->has_outputs ? mc_report_outputs(&r->outputs, p, t, start_id, s, e) : 0;
}

int mc_reports_close(struct mc_reports *r, struct mc_error *e) {
    if (r->has_each) MC_TRY(mc_out_close(&r->each, e));
    if (r->has_outputs) MC_TRY(mc_out_close(&r->outputs, e));
    MC_TRY(mc_report_end(&r->table, e));
    return mc_out_close(&r->table, e);
}

void mc_reports_abort(struct mc_reports *r) {
    mc_out_abort(&r->each);
    mc_out_abort(&r->outputs);
    mc_out_abort(&r->table);
}
