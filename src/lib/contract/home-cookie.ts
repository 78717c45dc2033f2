/**
 * Names the dwelling that this browser last chose; the server reads it where none is asked for. A
 * file of its own, because the first load of /home needs the name and none of the shapes.
 */
export const HOME_COOKIE = 'kilter-home';
