# The other implementation of cryptography: mistakes in the platform's own cannot cancel out here.
find_library(MBEDCRYPTO mbedcrypto REQUIRED)
find_library(MBEDX509 mbedx509 REQUIRED)
target_link_libraries(simulator_objects PUBLIC ${MBEDX509} ${MBEDCRYPTO})
target_link_libraries(simulator ${MBEDX509} ${MBEDCRYPTO})
# Bills go out packed.
pkg_check_modules(PACKED REQUIRED IMPORTED_TARGET zlib libarchive)
target_link_libraries(simulator_objects PUBLIC PkgConfig::PACKED)
target_link_libraries(simulator PkgConfig::PACKED)
