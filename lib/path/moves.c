// Which tensors go along a path, and where each is: not a head that stays at an end, and of groups
// that move one after the other those that are not at an end.
#include "mc/path.h"

bool mc_path_moves(const struct mc_path *p, int tensor) {
    return p->head == MC_HEAD_MIX || tensor < p->shape->body;
}

static struct mc_spot end_spot(const struct mc_path *p, bool last) {
    struct mc_spot at = {last, last, 0};
    if (p->n_ends == 1) at.t = at.x = 0; // the one there is
    return at;
}

static bool moves_with(const struct mc_moves *m, int group, int of) {
    return m->grow == MC_MOVES_UP     ? of <= group
           : m->grow == MC_MOVES_DOWN ? of >= group
                                      : of == group;
}

struct mc_spot mc_path_tensor_spot(const struct mc_path *p, int group, int tensor,
                                   const struct mc_spot *at) {
    if (!mc_path_moves(p, tensor)) return end_spot(p, p->head == MC_HEAD_1);
    if (p->moves && !moves_with(p->moves, group, p->groups.of[tensor]))
        return end_spot(p, p->moves->rest == 1);
    return *at;
}
