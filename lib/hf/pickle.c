// A pickle read as plain values, an opcode at a time. Every opcode makes at most one value, one
// cell for each thing it takes off the stack, one entry of the memo: memory goes with the bytes
// read. Values name each other by number, so a dict that holds itself is a loop nobody walks.
#include "pickle.h"

#include <stdlib.h>
#include <string.h>

// One item of a tuple or dict: the value's number, and the next cell's; cell 0 is none.
struct cell {
    uint32_t value, next;
};

struct numbers {
    uint32_t *at;
    size_t n, cap;
};

struct mc_pickle {
    const uint8_t *p;
    size_t n, pos, op; // op: where the present opcode stands
    const struct mc_pickle_global *known;
    struct mc_value *value;
    struct cell *cell;
    size_t n_values, cap_values, n_cells, cap_cells;
    struct numbers stack, marks, memo;
    uint32_t root;
    bool stopped;
};

static int bad(const struct mc_pickle *k, struct mc_error *e, const char *what) {
    return mc_fail(e, MC_ERR_INPUT, "byte %zu: %s", k->op, what);
}

// --- arrays that grow

static int grow(void *array, size_t n, size_t *cap, size_t size, struct mc_error *e) {
    void **p = array;
    if (n < *cap) return 0;
    size_t more = *cap ? 2 * *cap : 64;
    void *q = mc_resize(*p, more, size, e);
    if (!q) return MC_ERR_MEM;
    *p = q;
    *cap = more;
    return 0;
}

static int append(struct numbers *a, uint32_t x, struct mc_error *e) {
    MC_TRY(grow(&a->at, a->n, &a->cap, sizeof *a->at, e));
    a->at[a->n++] = x;
    return 0;
}

// A new value on top of the stack.
static int push(struct mc_pickle *k, struct mc_value v, struct mc_error *e) {
    MC_TRY(grow(&k->value, k->n_values, &k->cap_values, sizeof v, e));
    k->value[k->n_values] = v;
    return append(&k->stack, (uint32_t)k->n_values++, e);
}

static int add_item(struct mc_pickle *k, uint32_t to, uint32_t item, struct mc_error *e) {
    MC_TRY(grow(&k->cell, k->n_cells, &k->cap_cells, sizeof *k->cell, e));
    uint32_t at = (uint32_t)k->n_cells++;
    struct mc_value *v = &k->value[to];
    k->cell[at] = (struct cell){item, 0};
    if (v->n++)
        k->cell[v->first[1]].next = at;
    else
        v->first[0] = at;
    v->first[1] = at;
    return 0;
}

// --- the bytes, the stack

// The next n bytes, or NULL.
static const uint8_t *take(struct mc_pickle *k, uint64_t n, struct mc_error *e) {
    if (k->n - k->pos < n) {
        bad(k, e, "the pickle is cut");
        return NULL;
    }
    const uint8_t *p = k->p + k->pos;
    k->pos += (size_t)n;
    return p;
}

// A little-endian number of n bytes, up to 8.
static int take_number(struct mc_pickle *k, int n, uint64_t *out, struct mc_error *e) {
    const uint8_t *p = take(k, (uint64_t)n, e);
    if (!p) return e->code;
    *out = 0;
    for (int i = 0; i < n; i++) *out |= (uint64_t)p[i] << 8 * i;
    return 0;
}

static int take_line(struct mc_pickle *k, const char **s, int *n, struct mc_error *e) {
    const uint8_t *end = memchr(k->p + k->pos, '\n', k->n - k->pos);
    if (!end) return bad(k, e, "the pickle is cut");
    size_t length = (size_t)(end - (k->p + k->pos));
    *s = (const char *)k->p + k->pos;
    *n = length < 256 ? (int)length : 256;
    k->pos += length + 1;
    return 0;
}

// How many values lie above the last mark, or on the stack.
static size_t height(const struct mc_pickle *k) {
    return k->stack.n - (k->marks.n ? k->marks.at[k->marks.n - 1] : 0);
}

static int need(const struct mc_pickle *k, size_t n, struct mc_error *e) {
    return height(k) < n ? bad(k, e, "too few values on the stack") : 0;
}

// The stack from the last mark on, which goes: its start and the number of its values.
static int take_mark(struct mc_pickle *k, size_t *from, size_t *n, struct mc_error *e) {
    if (k->marks.n == 0) return bad(k, e, "no mark on the stack");
    *n = height(k);
    *from = k->stack.n - *n;
    k->marks.n--;
    return 0;
}

// --- opcodes

static int push_text(struct mc_pickle *k, int size_bytes, struct mc_error *e) {
    uint64_t n = 0;
    MC_TRY(take_number(k, size_bytes, &n, e));
    const uint8_t *p = take(k, n, e);
    if (!p) return e->code;
    return push(k,
                (struct mc_value){
                    .kind = MC_VALUE_TEXT, .text = (const char *)p, .text_bytes = (uint32_t)n},
                e);
}

static int push_int(struct mc_pickle *k, int n_bytes, bool has_sign, struct mc_error *e) {
    uint64_t u = 0;
    MC_TRY(take_number(k, n_bytes, &u, e));
    if (has_sign && n_bytes && n_bytes < 8 && u >> (8 * n_bytes - 1))
        u |= ~(uint64_t)0 << 8 * n_bytes;
    return push(k, (struct mc_value){.kind = MC_VALUE_INT, .number = (int64_t)u}, e);
}

static int push_long(struct mc_pickle *k, struct mc_error *e) {
    uint64_t n = 0;
    MC_TRY(take_number(k, 1, &n, e));
    return n > 8 ? bad(k, e, "a whole number of more than 64 bits") : push_int(k, (int)n, true, e);
}

// As much of a name as fits, with ? for what is no printable ASCII.
static void to_print(char *out, size_t size, const char *s, int n) {
    size_t k = (size_t)n < size - 1 ? (size_t)n : size - 1;
    for (size_t i = 0; i < k; i++) out[i] = s[i] > 32 && s[i] < 127 ? s[i] : '?';
    out[k] = 0;
}

// The name of something to be called or built: known to the caller, or refused.
static int push_global(struct mc_pickle *k, const char *module, int n, const char *name, int m,
                       struct mc_error *e) {
    for (uint32_t i = 0; k->known[i].module; i++) {
        const struct mc_pickle_global *g = &k->known[i];
        if (strlen(g->module) == (size_t)n && memcmp(g->module, module, (size_t)n) == 0 &&
            strlen(g->name) == (size_t)m && memcmp(g->name, name, (size_t)m) == 0)
            return push(k, (struct mc_value){.kind = MC_VALUE_GLOBAL, .global = i}, e);
    }
    char said[2][80];
    to_print(said[0], sizeof said[0], module, n);
    to_print(said[1], sizeof said[1], name, m);
    return mc_fail(e, MC_ERR_INPUT,
                   "GLOBAL '%s %s' is not a tensor: nothing in a checkpoint is run", said[0],
                   said[1]);
}

// GLOBAL and INST name it on two lines, STACK_GLOBAL by the two texts on top of the stack.
static int run_global(struct mc_pickle *k, uint8_t op, struct mc_error *e) {
    const char *s[2] = {"", ""};
    int n[2] = {0};
    if (op != 0x93) {
        MC_TRY(take_line(k, &s[0], &n[0], e));
        MC_TRY(take_line(k, &s[1], &n[1], e));
        MC_TRY(push_global(k, s[0], n[0], s[1], n[1], e));
        return op == 'c' ? 0 : bad(k, e, "INST is not needed by tensors");
    }
    MC_TRY(need(k, 2, e));
    k->stack.n -= 2;
    for (int i = 0; i < 2; i++) {
        const struct mc_value *v = &k->value[k->stack.at[k->stack.n + (size_t)i]];
        if (v->kind != MC_VALUE_TEXT) return bad(k, e, "STACK_GLOBAL of what are no texts");
        s[i] = v->text;
        n[i] = v->text_bytes < 256 ? (int)v->text_bytes : 256;
    }
    return push_global(k, s[0], n[0], s[1], n[1], e);
}

// A tuple of the n values on top.
static int make_tuple(struct mc_pickle *k, size_t n, struct mc_error *e) {
    MC_TRY(need(k, n, e));
    size_t from = k->stack.n - n;
    MC_TRY(push(k, (struct mc_value){.kind = MC_VALUE_TUPLE}, e));
    uint32_t tuple = k->stack.at[k->stack.n - 1];
    for (size_t i = 0; i < n; i++) MC_TRY(add_item(k, tuple, k->stack.at[from + i], e));
    k->stack.at[from] = tuple;
    k->stack.n = from + 1;
    return 0;
}

// n values on top go into the dict under them.
static int set_items(struct mc_pickle *k, size_t n, struct mc_error *e) {
    MC_TRY(need(k, n + 1, e));
    size_t from = k->stack.n - n;
    uint32_t dict = k->stack.at[from - 1];
    if (k->value[dict].kind != MC_VALUE_DICT || n % 2)
        return bad(k, e, "SETITEMS into what is no dict");
    for (size_t i = 0; i < n; i++) MC_TRY(add_item(k, dict, k->stack.at[from + i], e));
    k->stack.n = from;
    return 0;
}

static int run_container(struct mc_pickle *k, uint8_t op, struct mc_error *e) {
    size_t from = 0, n = 0;
    switch (op) {
    case '(': return append(&k->marks, (uint32_t)k->stack.n, e);
    case '}': return push(k, (struct mc_value){.kind = MC_VALUE_DICT}, e);
    case ')': return make_tuple(k, 0, e);
    case 0x85:
    case 0x86:
    case 0x87: return make_tuple(k, op - 0x84, e);
    case 't': MC_TRY(take_mark(k, &from, &n, e)); return make_tuple(k, n, e);
    case 'u': MC_TRY(take_mark(k, &from, &n, e)); return set_items(k, n, e);
    default: return set_items(k, 2, e);
    }
}

static int put(struct mc_pickle *k, uint64_t i, struct mc_error *e) {
    MC_TRY(need(k, 1, e));
    if (i != k->memo.n) return bad(k, e, "a place of the memo out of order");
    return append(&k->memo, k->stack.at[k->stack.n - 1], e);
}

static int get(struct mc_pickle *k, uint64_t i, struct mc_error *e) {
    if (i >= k->memo.n) return bad(k, e, "nothing in the memo at that place");
    return append(&k->stack, k->memo.at[i], e);
}

static int run_memo(struct mc_pickle *k, uint8_t op, struct mc_error *e) {
    uint64_t i = k->memo.n;
    if (op != 0x94) MC_TRY(take_number(k, op == 'q' || op == 'h' ? 1 : 4, &i, e));
    return op == 'h' || op == 'j' ? get(k, i, e) : put(k, i, e);
}

// An OrderedDict is called with nothing, and is a dict.
static bool makes_dict(const struct mc_pickle_global *g) {
    return strcmp(g->module, "collections") == 0 && strcmp(g->name, "OrderedDict") == 0;
}

static int run_reduce(struct mc_pickle *k, struct mc_error *e) {
    MC_TRY(need(k, 2, e));
    k->stack.n -= 2;
    uint32_t args = k->stack.at[k->stack.n + 1];
    const struct mc_value *fn = &k->value[k->stack.at[k->stack.n]];
    if (fn->kind != MC_VALUE_GLOBAL || k->value[args].kind != MC_VALUE_TUPLE)
        return bad(k, e, "REDUCE of what is no tensor: nothing in a checkpoint is run");
    const struct mc_pickle_global *g = &k->known[fn->global];
    if (!g->called || (makes_dict(g) && k->value[args].n))
        return mc_fail(e, MC_ERR_INPUT,
                       "byte %zu: REDUCE of '%s %s' is no tensor: nothing in a checkpoint is run",
                       k->op, g->module, g->name);
    if (makes_dict(g)) return push(k, (struct mc_value){.kind = MC_VALUE_DICT}, e);
    return push(k, (struct mc_value){.kind = MC_VALUE_CALL, .global = fn->global, .of = args}, e);
}

// The attributes of an OrderedDict, which are dropped.
static int run_build(struct mc_pickle *k, struct mc_error *e) {
    MC_TRY(need(k, 2, e));
    k->stack.n--;
    if (k->value[k->stack.at[k->stack.n - 1]].kind != MC_VALUE_DICT ||
        k->value[k->stack.at[k->stack.n]].kind != MC_VALUE_DICT)
        return bad(k, e, "BUILD of what is no dict: nothing in a checkpoint is run");
    return 0;
}

static int run_persistent(struct mc_pickle *k, struct mc_error *e) {
    MC_TRY(need(k, 1, e));
    uint32_t of = k->stack.at[--k->stack.n];
    return push(k, (struct mc_value){.kind = MC_VALUE_PERSISTENT, .of = of}, e);
}

static int run_stop(struct mc_pickle *k, struct mc_error *e) {
    if (k->stack.n != 1 || k->marks.n) return bad(k, e, "STOP with more or less than one value");
    if (k->pos < k->n) return bad(k, e, "bytes follow STOP");
    k->root = k->stack.at[0];
    k->stopped = true;
    return 0;
}

static int run_protocol(struct mc_pickle *k, struct mc_error *e) {
    uint64_t version = 0;
    MC_TRY(take_number(k, 1, &version, e));
    return version < 2 || version > 5 ? bad(k, e, "an unknown protocol of pickles") : 0;
}

static int refuse(const struct mc_pickle *k, uint8_t op, struct mc_error *e) {
    static const struct {
        uint8_t op;
        const char *name;
    } known[] = {{'o', "OBJ"},
                 {'P', "PERSID"},
                 {'0', "POP"},
                 {'1', "POP_MARK"},
                 {'2', "DUP"},
                 {'F', "FLOAT"},
                 {'G', "BINFLOAT"},
                 {'I', "INT"},
                 {'L', "LONG"},
                 {'S', "STRING"},
                 {'T', "BINSTRING"},
                 {'U', "SHORT_BINSTRING"},
                 {'V', "UNICODE"},
                 {']', "EMPTY_LIST"},
                 {'a', "APPEND"},
                 {'e', "APPENDS"},
                 {'d', "DICT"},
                 {'l', "LIST"},
                 {'g', "GET"},
                 {'p', "PUT"},
                 {'B', "BINBYTES"},
                 {'C', "SHORT_BINBYTES"},
                 {0x81, "NEWOBJ"},
                 {0x82, "EXT1"},
                 {0x83, "EXT2"},
                 {0x84, "EXT4"},
                 {0x8b, "LONG4"},
                 {0x8e, "BINBYTES8"},
                 {0x8f, "EMPTY_SET"},
                 {0x90, "ADDITEMS"},
                 {0x91, "FROZENSET"},
                 {0x92, "NEWOBJ_EX"},
                 {0x96, "BYTEARRAY8"},
                 {0x97, "NEXT_BUFFER"},
                 {0x98, "READONLY_BUFFER"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].op == op)
            return mc_fail(e, MC_ERR_INPUT, "byte %zu: opcode %s is not needed by tensors", k->op,
                           known[i].name);
    return mc_fail(e, MC_ERR_INPUT, "byte %zu: no opcode of a pickle, 0x%02x", k->op, op);
}

static int run(struct mc_pickle *k, uint8_t op, struct mc_error *e) {
    uint64_t frame;
    switch (op) {
    case 0x80: return run_protocol(k, e);
    case 0x95: return take_number(k, 8, &frame, e); // only says how far to read ahead
    case 'N': return push(k, (struct mc_value){.kind = MC_VALUE_NONE}, e);
    case 0x88:
    case 0x89: return push(k, (struct mc_value){.kind = MC_VALUE_BOOL, .number = op == 0x88}, e);
    case 'K': return push_int(k, 1, false, e);
    case 'M': return push_int(k, 2, false, e);
    case 'J': return push_int(k, 4, true, e);
    case 0x8a: return push_long(k, e);
    case 0x8c: return push_text(k, 1, e);
    case 'X': return push_text(k, 4, e);
    case 0x8d: return push_text(k, 8, e);
    case 'c':
    case 'i':
    case 0x93: return run_global(k, op, e);
    case '(':
    case '}':
    case ')':
    case 0x85:
    case 0x86:
    case 0x87:
    case 't':
    case 'u':
    case 's': return run_container(k, op, e);
    case 'q':
    case 'r':
    case 'h':
    case 'j':
    case 0x94: return run_memo(k, op, e);
    case 'R': return run_reduce(k, e);
    case 'b': return run_build(k, e);
    case 'Q': return run_persistent(k, e);
    case '.': return run_stop(k, e);
    default: return refuse(k, op, e);
    }
}

int mc_pickle_read(struct mc_pickle **out, const void *p, size_t n,
                   const struct mc_pickle_global *known, struct mc_error *e) {
    struct mc_pickle *k = mc_new(1, sizeof *k, e);
    *out = NULL;
    if (!k) return MC_ERR_MEM;
    k->p = p;
    k->n = n;
    k->known = known;
    int rc = n < 1 << 30 ? 0 : mc_fail(e, MC_ERR_INPUT, "a pickle of %zu bytes", n);
    while (rc == 0 && !k->stopped) {
        k->op = k->pos;
        const uint8_t *op = take(k, 1, e);
        rc = op ? run(k, *op, e) : e->code;
    }
    if (rc == 0)
        *out = k;
    else
        mc_pickle_free(k);
    return rc;
}

// --- the values

const struct mc_value *mc_pickle_root(const struct mc_pickle *k) { return &k->value[k->root]; }

const struct mc_value *mc_pickle_next(const struct mc_pickle *k, const struct mc_value *v,
                                      uint32_t *at) {
    if (v->n == 0 || *at == UINT32_MAX) return NULL;
    const struct cell *c = &k->cell[*at ? *at : v->first[0]];
    *at = c->next ? c->next : UINT32_MAX;
    return &k->value[c->value];
}

const struct mc_value *mc_pickle_of(const struct mc_pickle *k, const struct mc_value *v) {
    return &k->value[v->of];
}

void mc_pickle_free(struct mc_pickle *k) {
    if (!k) return;
    free(k->value);
    free(k->cell);
    free(k->stack.at);
    free(k->marks.at);
    free(k->memo.at);
    free(k);
}
