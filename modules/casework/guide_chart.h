/* The flow chart of a service's guide, and who does a step, in words. */
#ifndef CASEWORK_GUIDE_CHART_H
#define CASEWORK_GUIDE_CHART_H

#include "casework/definition.h"

/* SVG, for a page or on its own. */
const char *guide_chart(struct arena *arena, const struct definition *definition);
const char *step_who(const struct step_rule *step);

#endif
