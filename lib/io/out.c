#include "mc/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_temp(struct mc_out *o, const char *path, struct mc_error *e) {
    size_t n = strlen(path) + 32;
    if (!(o->path = mc_strdup(path, e)) || !(o->temp = mc_new(n, 1, e))) return MC_ERR_MEM;
    for (unsigned k = 0; k < 1000; k++) {
        snprintf(o->temp, n, "%s.tmp.%ld.%u", path, (long)getpid(), k);
        int fd = open(o->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno == EEXIST) continue;
        if (fd >= 0 && (o->f = fdopen(fd, "wb"))) return 0;
        int err = errno;
        if (fd >= 0) {
            close(fd);
            unlink(o->temp);
        }
        errno = err;
        break;
    }
    free(o->temp);
    o->temp = NULL;
    return mc_fail_errno(e, "%s: cannot create", path);
}

int mc_out_open(struct mc_out *o, const char *path, struct mc_error *e) {
    *o = (struct mc_out){0};
    if (!path || strcmp(path, "-") == 0) {
        o->f = stdout;
        o->to_stdout = true;
        return 0;
    }
    struct stat st;
    int rc = 0;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        if (!(o->path = mc_strdup(path, e))) return MC_ERR_MEM;
        if (!(o->f = fopen(path, "wb"))) rc = mc_fail_errno(e, "%s: cannot open", path);
    } else {
        rc = open_temp(o, path, e);
    }
    if (rc < 0) mc_out_abort(o);
    return rc;
}

const char *mc_out_name(const struct mc_out *o) { return o->path ? o->path : "standard output"; }

int mc_out_write(struct mc_out *o, const void *p, size_t n, struct mc_error *e) {
    if (fwrite(p, 1, n, o->f) != n) return mc_fail_errno(e, "%s: cannot write", mc_out_name(o));
    return 0;
}

int mc_out_printf(struct mc_out *o, struct mc_error *e, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int n = vfprintf(o->f, fmt, ap);
    va_end(ap);
    return n < 0 ? mc_fail_errno(e, "%s: cannot write", mc_out_name(o)) : 0;
}

int mc_out_flush(struct mc_out *o, struct mc_error *e) {
    return fflush(o->f) == 0 ? 0 : mc_fail_errno(e, "%s: cannot write", mc_out_name(o));
}

int mc_out_close(struct mc_out *o, struct mc_error *e) {
    int rc = 0;
    bool bad = ferror(o->f) != 0;
    if (o->temp && fflush(o->f) == 0 && fsync(fileno(o->f)) != 0) bad = true;
    if (fclose(o->f) != 0) bad = true;
    o->f = NULL;
    if (bad) rc = mc_fail_errno(e, "%s: cannot write", mc_out_name(o));
    if (rc == 0 && o->temp) {
        if (rename(o->temp, o->path) != 0) {
            rc = mc_fail_errno(e, "%s: cannot rename to it", o->path);
        } else {
            free(o->temp);
            o->temp = NULL;
        }
    }
    mc_out_abort(o);
    return rc;
}

void mc_out_abort(struct mc_out *o) {
    if (o->f && !o->to_stdout) fclose(o->f);
    if (o->temp) unlink(o->temp);
    free(o->path);
    free(o->temp);
    *o = (struct mc_out){0};
}
