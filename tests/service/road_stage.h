/* What an applicant for a pass fills in. */
#ifndef SERVICE_ROAD_STAGE_H
#define SERVICE_ROAD_STAGE_H

#include "support/applications.h"

/* The vehicle (a large car), the days, a mobile number, and what more the kind asks for. */
const char *form_of(const char *plate, const char *from, const char *to, const char *more);

#endif
