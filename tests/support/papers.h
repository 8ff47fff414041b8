/* Papers with everything on them, for tests. */
#ifndef SUPPORT_PAPERS_H
#define SUPPORT_PAPERS_H

#include "casework/paper.h"

/* All that any kind demands. */
struct paper full_paper(enum paper_kind kind);

#endif
