/* A module's API, printed from its own tables as OpenAPI 3.1; nothing about it is written twice. */
#ifndef CORE_OPENAPI_H
#define CORE_OPENAPI_H

#include "core/service.h"

const char *openapi_text(struct arena *arena, const struct service *service);

#endif
