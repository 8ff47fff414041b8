/* Calls that lose data, race or trust their input. Every file is compiled with this in front; using
   one of them is an undeclared name. The headers that declare them are included first. */
#ifndef CORE_BANNED_H
#define CORE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef strcpy
#define strcpy(...) strcpy_is_banned_see_banned_h
#undef strcat
#define strcat(...) strcat_is_banned_see_banned_h
#undef sprintf
#define sprintf(...) sprintf_is_banned_see_banned_h
#undef vsprintf
#define vsprintf(...) vsprintf_is_banned_see_banned_h
#undef strncpy
#define strncpy(...) strncpy_is_banned_see_banned_h
#undef strncat
#define strncat(...) strncat_is_banned_see_banned_h
#undef strtok
#define strtok(...) strtok_is_banned_see_banned_h
#undef atoi
#define atoi(...) atoi_is_banned_see_banned_h
#undef atol
#define atol(...) atol_is_banned_see_banned_h
#undef atoll
#define atoll(...) atoll_is_banned_see_banned_h
#undef gets
#define gets(...) gets_is_banned_see_banned_h
#undef localtime
#define localtime(...) localtime_is_banned_see_banned_h
#undef gmtime
#define gmtime(...) gmtime_is_banned_see_banned_h
#undef ctime
#define ctime(...) ctime_is_banned_see_banned_h
#undef asctime
#define asctime(...) asctime_is_banned_see_banned_h
#undef rand
#define rand(...) rand_is_banned_see_banned_h
#undef srand
#define srand(...) srand_is_banned_see_banned_h
#undef system
#define system(...) system_is_banned_see_banned_h
#undef popen
#define popen(...) popen_is_banned_see_banned_h
#undef alloca
#define alloca(...) alloca_is_banned_see_banned_h
#undef tmpnam
#define tmpnam(...) tmpnam_is_banned_see_banned_h
#undef mktemp
#define mktemp(...) mktemp_is_banned_see_banned_h

#endif
