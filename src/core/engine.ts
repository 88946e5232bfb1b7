import type { Ports } from './ports.ts'
import type { Session, SessionSettings } from './session.ts'

export declare function createSession(ports: Ports, settings: SessionSettings): Session
