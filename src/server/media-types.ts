// The kinds of picture that the service is told to take; whatever else it can decode it takes as well.

export const MEDIA_TYPES = ["image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"];
