/* What an applicant for a pass fills in. */
#ifndef SERVICE_ROAD_STAGE_H
#define SERVICE_ROAD_STAGE_H

#include "support/applications.h"

#define GOODS "\"purpose\":\"运送建材\",\"route\":\"深南大道\""

/* A truck of this person by the register, so that no vehicle licence is asked for; its plate. */
const char *own_truck(const char *person_id, const char *prefix);

/* The vehicle (a large car), the days, a mobile number, and what more the kind asks for. */
const char *form_of(const char *plate, const char *from, const char *to, const char *more);

#endif
