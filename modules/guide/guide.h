/*
 * What the guide tells the public: the measures, and the services of all domains, so that whoever looks
 * for a service need not know whose it is. Both lists are read once a worker; the domain itself tells the
 * rest of a service, at the address that stands here.
 */
#ifndef GUIDE_GUIDE_H
#define GUIDE_GUIDE_H

#include "core/arena.h"

struct guide_settings {
    const char *measures_file, *modules_dir;
};

/* What all threads share; in its own arena. */
struct guide {
    struct arena *arena;
    const char *measures, *services; /* answers, as they go out */
};

/* NULL when it is absent, larger than 64 KiB or no text. */
const char *guide_read(struct arena *arena, const char *path);

/* services.c: of FOLDER/NAME/services (the definitions that the domains carry out, casework/definition.h);
   NULL with the fault in words. */
const char *guide_services(struct arena *arena, const char *folder, const char **fault);

#endif
