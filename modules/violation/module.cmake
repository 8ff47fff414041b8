# Distances on the globe (pairs.c).
target_link_libraries(violation_objects PUBLIC m)
target_link_libraries(violation m)
