// Label names: as a JSON array and back, and as a list in a message.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/json.h"
#include "mc/tokens.h"
#include "mc/utf8.h"

void mc_labels_free(char **names, int n) {
    for (int i = 0; i < n; i++) free(names[i]);
    free(names);
}

int mc_labels_json(char *const *names, int n, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_buf_add(out, "[", 1, e));
    for (int i = 0; i < n; i++) {
        if (i) MC_TRY(mc_buf_add(out, ",", 1, e));
        MC_TRY(mc_json_string(out, names[i], e));
    }
    return mc_buf_add(out, "]", 1, e);
}

void mc_labels_list(char *const *names, int n, char out[MC_LABELS_LIST]) {
    size_t at = 0;
    out[0] = 0;
    for (int i = 0; i < n; i++) {
        if (at + strlen(names[i]) + 8 > MC_LABELS_LIST) {
            strcpy(out + at, ", ...");
            return;
        }
        at += (size_t)sprintf(out + at, "%s%s", i ? ", " : "", names[i]);
    }
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// Labels travel by name: each must be a cell of a table, and none stand twice.
static int check_labels(char *const *names, int n, struct mc_error *e) {
    for (int i = 0; i < n; i++)
        if (!mc_utf8_name(names[i], strlen(names[i])))
            return mc_fail(e, MC_ERR_INPUT,
                           "mc.labels: entry %d is empty or has control characters", i);
    char **sorted = mc_new((size_t)n, sizeof *sorted, e);
    if (!sorted) return MC_ERR_MEM;
    for (int i = 0; i < n; i++) sorted[i] = names[i];
    qsort(sorted, (size_t)n, sizeof *sorted, by_text);
    int rc = 0;
    for (int i = 1; i < n && rc == 0; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            rc = mc_fail(e, MC_ERR_INPUT, "mc.labels: '%s' stands twice", sorted[i]);
    free(sorted);
    return rc;
}

int mc_labels_parse(const char *json, char ***names, int *n, struct mc_error *e) {
    *names = NULL;
    *n = 0;
    json_error_t je;
    json_t *a;
    if (mc_json_load(&a, json, strlen(json), 0, MC_JSON_LONG, &je, e) == MC_ERR_MEM)
        return MC_ERR_MEM;
    if (!json_is_array(a) || json_array_size(a) > 1 << 24) {
        json_decref(a);
        return mc_fail(e, MC_ERR_INPUT, "mc.labels is no list of names");
    }
    int count = (int)json_array_size(a), rc = 0;
    char **v = mc_new((size_t)count, sizeof *v, e);
    if (!v) rc = MC_ERR_MEM;
    for (int i = 0; i < count && rc == 0; i++) {
        const char *s = json_string_value(json_array_get(a, (size_t)i));
        if (!s)
            rc = mc_fail(e, MC_ERR_INPUT, "mc.labels: entry %d is no name", i);
        else if (!(v[i] = mc_strdup(s, e)))
            rc = MC_ERR_MEM;
    }
    json_decref(a);
    if (rc == 0) rc = check_labels(v, count, e);
    if (rc < 0) {
        if (v) mc_labels_free(v, count);
        return rc;
    }
    *names = v;
    *n = count;
    return 0;
}
