/* Calls that lose data, race or trust their input. Included by every file through the compiler. */
#ifndef CORE_BANNED_H
#define CORE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok atoi atol atoll gets
#pragma GCC poison localtime gmtime ctime asctime srand system popen alloca tmpnam mktemp

/* OpenSSL's headers name parameters `rand`; only the call is refused. */
#define rand() call_random_bytes_instead_of_rand()

#endif
