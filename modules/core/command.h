/* What an operator asks of a module at the command line (struct command in service.h). Core files
   only. */
#ifndef CORE_COMMAND_H
#define CORE_COMMAND_H

#include "core/service.h"

/* NULL when the module has none of that name. */
const struct command *command_find(const struct service *owner, const char *name);
void command_help(const struct service *owner);
/* Opens what the module needs, runs it on a request of its own, and gives the exit status: 2 for
   E_REFUSED, when the call or the settings are wrong; 1 for any other error. */
int command_run(const struct service *owner, const struct command *command, int count,
                char **words);

#endif
