/* What is switched while the simulator runs, such as who signs: texts by name. */
#ifndef SIMULATOR_SWITCHES_H
#define SIMULATOR_SWITCHES_H

#include "simulator/simulator.h"

extern const struct statement switch_sql[];

/* What stands under a name, or `otherwise`. */
MUST_CHECK enum error find_switch(struct request *r, const char *name, const char *otherwise,
                                  const char **value);
MUST_CHECK enum error set_switch(struct request *r, const char *name, const char *value);

#endif
