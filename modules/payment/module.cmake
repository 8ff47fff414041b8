# Codes that a payer scans, as SVG and PNG.
find_package(PkgConfig REQUIRED)
pkg_check_modules(QR REQUIRED IMPORTED_TARGET libqrencode libpng)
target_link_libraries(payment_objects PUBLIC PkgConfig::QR)
target_link_libraries(payment PkgConfig::QR)
# Bills come packed: gzip and zlib's own form by zlib, zip by libarchive.
pkg_check_modules(PACKED REQUIRED IMPORTED_TARGET zlib libarchive)
target_link_libraries(payment_objects PUBLIC PkgConfig::PACKED)
target_link_libraries(payment PkgConfig::PACKED)
