# What every consumer builds, once it has holdfast: a program of the core alone, and one that uses the components PARTS.
add_executable(consumer_core ../core.cpp)
target_link_libraries(consumer_core PRIVATE holdfast::holdfast)
if(PARTS)
    add_executable(consumer ../parts.cpp)
    foreach(part IN LISTS PARTS)
        target_link_libraries(consumer PRIVATE holdfast::${part})
    endforeach()
endif()
