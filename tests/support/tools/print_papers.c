/* print_papers: the workshop's input for a paper of each kind, a line each. */

#include "support/papers.h"

int main(void)
{
    struct arena *arena = arena_open((size_t)1024 * 1024);

    for (enum paper_kind kind = 0; kind < PAPER_KINDS; kind++) {
        struct paper paper = full_paper(kind);

        paper.note = "本通行证随车携带。";
        puts(paper_json(arena, &paper));
    }
    arena_close(arena);
    return 0;
}
